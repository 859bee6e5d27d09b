import { statSync } from 'node:fs'
import { join } from 'node:path'
import { followLog } from '../io/log-files.ts'
import { agentFiles, fileRecords } from '../io/records.ts'
import type { AgentId } from '../model/agent.ts'
import { createLineCleaner } from '../view/line-cleaner.ts'
import type { Context } from './context.ts'
import type { LogLine } from './log-lines.ts'

/** Where no file event comes. ms. */
const pollMs = 1_000
/** A line without an end (a prompt) is shown after this. ms. */
const partialMs = 200

/** Prints what comes until interrupted: lines through `print`, or the bytes as they are through `raw`. */
export async function followLogs(
  sources: readonly { readonly id: AgentId; readonly agentDir: string }[],
  context: Context,
  print: (line: LogLine) => void,
  raw: ((bytes: Buffer) => void) | null = null,
): Promise<void> {
  const { clock, interrupt } = context
  const followers = sources.map(({ id, agentDir }) => ({
    id,
    follower: followLog(agentDir, sizeOf(agentDir)),
    cleaner: createLineCleaner(),
    restless: false,
  }))
  let wake = new AbortController()
  const rouse = () => wake.abort()
  const stop = fileRecords.watch(
    sources.map((source) => source.agentDir),
    rouse,
  )
  interrupt.stop.addEventListener('abort', rouse)
  try {
    while (!interrupt.stop.aborted) {
      for (const entry of followers) {
        const bytes = entry.follower.read()
        if (raw !== null) {
          if (bytes.length > 0) raw(bytes)
          continue
        }
        const texts = bytes.length > 0 ? entry.cleaner.push(bytes) : entry.restless ? entry.cleaner.end() : []
        entry.restless = bytes.length > 0
        for (const text of texts) print({ id: entry.id, text, at: clock.now() })
      }
      const waiting = followers.some((entry) => entry.restless) ? partialMs : pollMs
      await clock.sleep(waiting, wake.signal)
      wake = new AbortController()
    }
  } finally {
    stop()
    interrupt.stop.removeEventListener('abort', rouse)
    for (const { follower } of followers) follower.close()
  }
}

function sizeOf(agentDir: string): number {
  return statSync(join(agentDir, agentFiles.output), { throwIfNoEntry: false })?.size ?? 0
}

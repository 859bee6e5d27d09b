import { inodeOf, type LogFollower } from '../io/log-files.ts'
import { fileRecords } from '../io/records.ts'
import type { AgentId } from '../model/agent.ts'
import type { LineCleaner } from '../view/line-cleaner.ts'
import type { Context } from './context.ts'
import type { LogLine } from './log-lines.ts'

/** Where no file event comes. ms. */
const pollMs = 1_000
/** Where there is no directory yet: an agent can fill three files within a second of its start. */
const unwatchedMs = 100
/** A line without an end (a prompt) is shown to a person after this: longer than the logger lets output gather. ms. */
const partialMs = 1_500

export interface FollowedLog {
  readonly id: AgentId
  readonly agentDir: string
  /** What comes after what has been shown. It is closed at the end. */
  readonly follower: LogFollower
  /** Holds the line that had no end there. */
  readonly cleaner: LineCleaner
}

/** Prints what comes until interrupted: lines through `print`, or the bytes as they are through `raw`. */
export async function followLogs(
  sources: readonly FollowedLog[],
  context: Context,
  print: (lines: readonly LogLine[]) => void,
  raw: ((bytes: Buffer) => void) | null = null,
): Promise<void> {
  const { clock, interrupt, stdout } = context
  const followers = sources.map(
    (source): Follower => ({ ...source, unshownSince: stdout.isTty ? clock.now() : null }),
  )
  let wake = new AbortController()
  const rouse = () => wake.abort()
  const watches = createWatches(
    sources.map((source) => source.agentDir),
    rouse,
  )
  interrupt.stop.addEventListener('abort', rouse)
  try {
    while (!interrupt.stop.aborted) {
      const allWatched = watches.renew()
      for (const entry of followers) {
        const bytes = entry.follower.read()
        if (raw !== null) {
          if (bytes.length > 0) raw(bytes)
          continue
        }
        const texts = bytes.length > 0 ? entry.cleaner.push(bytes) : overdue(entry, clock.now())
        // A program gets whole lines only: the rest of a line may still come, however late.
        if (bytes.length > 0 && stdout.isTty) entry.unshownSince = clock.now()
        print(linesFrom(entry, texts, clock.now()))
      }
      const waiting = followers.some((entry) => entry.unshownSince !== null) ? partialMs : pollMs
      await clock.sleep(allWatched ? waiting : unwatchedMs, wake.signal)
      wake = new AbortController()
    }
    for (const entry of followers) print(linesFrom(entry, entry.cleaner.end(), clock.now()))
  } finally {
    watches.close()
    interrupt.stop.removeEventListener('abort', rouse)
    for (const { follower } of followers) follower.close()
  }
}

interface Follower extends FollowedLog {
  /** When bytes last came whose last line may have no end yet; null: there is nothing to wait for. */
  unshownSince: number | null
}

function linesFrom({ id }: Follower, texts: readonly string[], at: number): readonly LogLine[] {
  return texts.map((text) => ({ id, text, at }))
}

/** Watches directories, those too that are made later, or made anew. */
function createWatches(agentDirs: readonly string[], changed: () => void) {
  const watches = new Map<string, { readonly inode: number; readonly stop: () => void }>()
  return {
    /** Is each of them watched now? */
    renew(): boolean {
      for (const agentDir of agentDirs) {
        const inode = inodeOf(agentDir)
        const known = watches.get(agentDir)
        if (inode === null || known?.inode === inode) continue
        known?.stop()
        watches.set(agentDir, { inode, stop: fileRecords.watch([agentDir], changed) })
      }
      return watches.size === agentDirs.length
    },
    close: () => watches.forEach(({ stop }) => stop()),
  }
}

/** The line without an end, once nothing more has come for a while. */
function overdue(entry: Follower, now: number): readonly string[] {
  if (entry.unshownSince === null || now - entry.unshownSince < partialMs) return []
  entry.unshownSince = null
  return entry.cleaner.end()
}

import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { DeliverPorts } from '../engine/deliver.ts'
import type { BlindPorts } from '../engine/deliver-blind.ts'
import type { SeenAgent, SeenTeam, WatchPorts } from '../engine/watch-activity.ts'
import type { Processes } from '../io/processes.ts'
import { agentFiles, fileRecords } from '../io/records.ts'
import type { AgentId } from '../model/agent.ts'
import type { Observation } from '../model/unit.ts'
import { isPlaceholder } from '../runtimes/placeholder.ts'
import type { Context } from './context.ts'
import { mannersOf } from './manners.ts'
import type { Team } from './team.ts'

/** ms; looks that are asked for within it are one. */
const gatherMs = 20

/** What a delivery needs, for many agents at the same time. */
export function promptPorts(team: Team, watch: WatchPorts, context: Context): DeliverPorts & BlindPorts {
  const { clock, interrupt, processes } = context
  const look = sharedLook(watch)
  return {
    look: async (id) => withDraft((await look()).get(id) ?? absent(id), team),
    paste: ({ unit }, text, unless) => team.supervisor.terminal(unit).paste(text, unless ?? undefined),
    press: ({ unit }, keys, unless) => team.supervisor.terminal(unit).keys(keys, unless ?? undefined),
    shell: (unit) => shellIn(unit, processes),
    shown: ({ agentDir }) => {
      const file = statSync(`${agentDir}/${agentFiles.output}`, { throwIfNoEntry: false, bigint: true })
      return `${file?.ino} ${file?.size} ${file?.mtimeNs}`
    },
    now: clock.now,
    sleep: clock.sleep,
    aborted: interrupt.stop,
  }
}

/** A prompt whose cursor is at its beginning is empty only if what stands there is a placeholder. */
async function withDraft(seen: SeenAgent, team: Team): Promise<SeenAgent> {
  const { id, unit, reading } = seen
  const { cursor, lines } = unit?.look ?? { cursor: null, lines: [] }
  if (unit === null || reading?.input !== 'empty' || cursor === null) return seen
  if ((lines[cursor.y] ?? '').slice(cursor.x).trim() === '') return seen
  const row = await team.supervisor.terminal(unit.unit).styledRow(cursor.y)
  const manners = mannersOf(team, id)
  if (manners === null || isPlaceholder(row, cursor.x, manners.placeholder)) return seen
  return { ...seen, reading: { ...reading, input: 'draft' } }
}

function absent(id: AgentId): SeenAgent {
  return { id, state: 'stopped', unit: null, reading: null }
}

/** One look at the whole team for all who ask at the same time. */
function sharedLook({ look, sleep }: WatchPorts): () => Promise<SeenTeam> {
  let next: Promise<SeenTeam> | null = null
  return () => {
    next ??= sleep(gatherMs).then(() => {
      // Whoever asks from here on wants to see what comes after.
      next = null
      return look()
    })
    return next
  }
}

const shells: readonly string[] = ['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh', 'mksh', 'ash', 'tcsh', 'csh']

/** The name of a shell that waits for a command: one that runs something does not read what is typed. */
async function shellIn({ agentDir }: Observation, processes: Processes): Promise<string | null> {
  const { last } = fileRecords.read(agentDir)
  if (last?.kind !== 'start') return null
  const [program = '', ...args] = processes.commandLine(last.pid)?.trim().split(' ') ?? []
  const name = basename(program).replace(/^-/, '')
  // With a script, or `-c`, it is that program and no command line.
  const isCommandLine = args.every((word) => /^[-+]/.test(word) && !/^-[a-z]*c/.test(word))
  if (!shells.includes(name) || !isCommandLine) return null
  return (await processes.children(last.pid)).some(({ zombie }) => !zombie) ? null : name
}

import type { Launch } from '../model/launch.ts'
import { firstPause } from '../model/restart.ts'
import { shellQuote } from './quote.ts'

/** Longest text taken from a path or a command into an event: a line must stay one atomic write. */
const quotedTextLength = 300

/**
 * Text of an agent's `command` file, which the wrapper sources: what to run, where, and when to run it
 * again. `eventsFile` is the absolute path of the team's `events.jsonl`. Times are ms.
 * @throws TeamError `compose-invalid` for an argument with a NUL.
 */
export function renderCommandFile(launch: Launch, eventsFile: string): string {
  const { policy, max, backoff } = launch.restart
  const variables = {
    team_id: launch.id,
    team_cwd: launch.cwd,
    team_events: eventsFile,
    team_policy: policy,
    team_max: max === null ? '' : String(max),
    team_backoff_initial: String(firstPause(launch.restart)),
    // Always three decimals: the shell, which has no fractions, reads it as thousandths.
    team_backoff_factor: backoff.factor.toFixed(3),
    team_backoff_max: String(backoff.maxMs),
    team_reset_after: String(backoff.resetAfterMs),
    // Quoted once more, because it becomes part of a command there.
    team_failure: shellQuote(`${launch.agentDir}/failure`),
    team_bad_cwd: jsonText(`${shorten(launch.cwd)}: no such directory, or no permission to enter it`),
    team_bad_env: jsonText(`${shorten(`${launch.agentDir}/env`)}: cannot be read`),
    team_bad_command: jsonText(`${shorten(launch.argv[0] ?? '')}: not found, or not executable`),
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${shellQuote(value)}\n`)
  const watch = launch.limits?.memory === undefined ? '' : oomWatch
  return `${assignments.join('')}${watch}set -- ${launch.argv.map(shellQuote).join(' ')}\n`
}

/** Where the kernel counts what it kills in the wrapper's own control group for want of memory. */
const oomWatch =
  'while IFS=: read -r team_word team_line team_line; do\n' +
  '  [ "$team_word" != 0 ] || team_oom=/sys/fs/cgroup$team_line/memory.events\n' +
  'done </proc/self/cgroup\n'

/** The inside of a JSON string, for a shell that cannot escape one itself. */
function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function shorten(text: string): string {
  return text.length <= quotedTextLength ? text : `${text.slice(0, quotedTextLength)}…`
}

import { type Farewell, type SessionLaunch, sessionStart, sessionWord } from '../model/session.ts'
import { shellQuote } from './quote.ts'

/** ms; a CLI that cannot take up a session says so and ends well within. */
const refusalMs = 20_000

interface AgainInput {
  readonly session: SessionLaunch
  /** The session that the first run has; null: it is learnt. */
  readonly id: string | null
  /** The first run takes the session up again. */
  readonly resumed: boolean
  /** Command line of a new session, with an id of its own choice. */
  readonly fresh: readonly string[]
}

/**
 * Text of an agent's `again` file, which the wrapper sources after each run: the command line of the next one, which
 * takes the session up again. `team_fresh` is 1 when a session could not be, and the next run is due at once.
 */
export function renderAgainFile({ session, id, resumed, fresh }: AgainInput): string {
  const words = (argv: readonly string[]) =>
    argv.map((word) => (word === sessionWord ? '"$team_session"' : shellQuote(word))).join(' ')
  const resume = `team_resumed=1 && set -- ${words(session.resumed)}`
  const anew = `set -- ${fresh.map(shellQuote).join(' ')}`
  const find =
    session.transcript === null
      ? `[ -z "$team_session" ] || { ${resume}; }`
      : `for team_line in ${shellPattern(session.transcript, id)}; do [ ! -f "$team_line" ] || { ${resume}; }; done`
  return `team_fresh=''
if [ "\${team_resumed-${resumed ? 1 : ''}}" ] && [ "$team_status" -gt 0 ] && [ "$team_status" -lt 126 ] &&
  [ $((team_ms - team_since)) -lt ${refusalMs} ]; then
  team_resumed='' team_fresh=1
  team_say 'its session cannot be resumed; starting a new one'
  ${anew}
else
  team_resumed='' team_session=${shellQuote(id ?? '')}
${session.pinned || session.farewell === null ? '' : learn(session.farewell)}  ${session.resume ? find : anew}
fi
`
}

/** The id that the CLI has said when it ended is the one that it had last. It reaches the log a moment later. */
function learn({ before, idStart }: Farewell): string {
  const said = `tail -c 4096 "$team_dir/output.log" | LC_ALL=C sed -n 's/.*${before}\\(${idStart}[0-9A-Za-z_-]*\\).*/\\1/p' | tail -n 1`
  return `  team_line=$(${said})
  [ -n "$team_line" ] || { sleep 1; team_line=$(${said}); }
  [ -z "$team_line" ] || team_session=$team_line
`
}

/** A path with `*`, where only these are a pattern. */
function shellPattern(path: string, id: string | null): string {
  const parts = path.split(/(\*|\{\{session8?\}\})/)
  return parts
    .map((part) => {
      if (part === '*') return part
      if (part === sessionWord) return '"$team_session"'
      if (part === sessionStart) return shellQuote((id ?? '').slice(0, 8))
      return part === '' ? '' : shellQuote(part)
    })
    .join('')
}

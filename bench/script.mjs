// The very tmux call with which `team up` starts its agents, so that the floor can start the same wrappers.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeShim } from './shim.mjs'

/**
 * Runs one cold `up` with a tmux that keeps what it is given.
 * @returns {args, all, wrappers}: the arguments of the call that starts the agents; its whole input (sessions,
 * labels, loggers); of that, only the lines that start a wrapper.
 */
export async function recordStart(team) {
  const dir = join(team.dir, 'recorder')
  const env = writeShim(
    dir,
    team.env,
    `case " $* " in *" source-file - "*) ;; *) exec "$real" "$@" ;; esac
cat >'${dir}'/$$.input
printf '%s\\037' "$@" >'${dir}'/$$.args
exec "$real" "$@" <'${dir}'/$$.input
`,
  )
  await team.team(['up'], env)
  const [name, ...more] = readdirSync(dir).filter((entry) => entry.endsWith('.args'))
  if (name === undefined || more.length > 0)
    throw new Error(`${team.name}: up made not just one call to start`)
  const read = (file) => readFileSync(join(dir, file), 'utf8')
  const all = read(name.replace('.args', '.input'))
  const sessions = all.split('\n').filter((line) => line.startsWith("'new-session'"))
  const wrappers = sessions.map((line) => line.split(" ; 'set-option'", 1)[0])
  if (wrappers.length !== team.ids.length)
    throw new Error(`${team.name}: ${wrappers.length} wrappers recorded`)
  return { args: read(name).split('\x1f').slice(0, -1), all, wrappers: `${wrappers.join('\n')}\n` }
}

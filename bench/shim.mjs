// A `tmux` first in PATH that writes down how it is called before it becomes the real one.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `body` is shell text; in it `$real` is the tmux that would run without the shim. @returns {dir, env} */
export function writeShim(dir, env, body) {
  mkdirSync(dir)
  const real = execFileSync('sh', ['-c', 'command -v tmux'], { env, encoding: 'utf8' }).trim()
  // Paths stand in the text: `team` gives tmux an environment with nothing of ours in it.
  writeFileSync(join(dir, 'tmux'), `#!/bin/sh\nreal='${real}'\n${body}`, { mode: 0o755 })
  return { PATH: `${dir}:${env.PATH}` }
}

/** A counter: `counted(work)` runs work(env) and returns the arguments of every tmux process, in order. */
export function createCounter(sandbox, name) {
  const dir = join(sandbox.root, `counter-${name}`)
  const calls = join(dir, 'calls')
  const env = writeShim(
    dir,
    sandbox.env,
    `{ printf 'call'; printf '\\037%s' "$@"; printf '\\036'; } >>'${calls}'\nexec "$real" "$@"\n`,
  )
  return async (work) => {
    rmSync(calls, { force: true })
    await work(env)
    if (!existsSync(calls)) return []
    const records = readFileSync(calls, 'utf8')
      .split('\x1e')
      .filter((record) => record !== '')
    return records.map((record) => record.split('\x1f').slice(1))
  }
}

/** The tmux commands of an argument list, without what stands before them (-L NAME -u -f FILE). */
export function verbsOf(args) {
  const rest = args[0] === '-L' ? args.slice(5) : args
  return rest.filter((_, index) => index === 0 || rest[index - 1] === ';').join(' ; ')
}

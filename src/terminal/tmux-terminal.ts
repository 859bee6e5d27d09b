import type { Terminal } from '../model/supervisor.ts'
import { exactTarget, tmuxSequence } from './tmux-quote.ts'
import { expectOk, type TmuxServer } from './tmux-server.ts'

/** Keys for one pane; `copy-mode -q` first, as a pane in a mode keeps the keys from the program. */
export function keyCommands(target: string, keys: readonly string[]): readonly (readonly string[])[] {
  return [
    ['copy-mode', '-q', '-t', target],
    ['send-keys', '-t', target, '--', ...keys],
  ]
}

/** The terminal of one session; `pane` (`%3`) is exact, null means the session's active one. */
export function tmuxTerminal(
  server: TmuxServer,
  place: { readonly session: string; readonly pane: string | null },
): Terminal {
  const target = place.pane ?? exactTarget(place.session)
  return {
    attach: ({ readOnly }) => ({
      argv: server.argv(['attach-session', ...(readOnly ? ['-r'] : []), '-t', exactTarget(place.session)]),
      env: server.env,
    }),

    async keys(keys, unless) {
      const commands = guarded([['send-keys', '-t', target, '--', ...keys]], target, unless ?? null)
      const reply = await server.source([['copy-mode', '-q', '-t', target], ...commands])
      return !saysRefused(expectOk(reply, `sending keys to ${place.session}`, server.address).stdout)
    },

    async paste(text, unless) {
      // By standard input: a prompt must not be seen in the process table.
      const buffer = `team-${process.pid}-${target}`
      const paste = [['paste-buffer', '-p', '-d', '-b', buffer, '-t', target]]
      const commands = [
        ['load-buffer', '-b', buffer, '-'],
        ['copy-mode', '-q', '-t', target],
        ...guarded(paste, target, unless ?? null, [['delete-buffer', '-b', buffer]]),
      ]
      const args = commands.flatMap((command, index) => (index === 0 ? command : [';', ...command]))
      const reply = await server.call(args, { stdin: { input: text } })
      return !saysRefused(expectOk(reply, `typing into ${place.session}`, server.address).stdout)
    },

    async capture({ lines }) {
      const history = lines === null ? [] : ['-S', `-${lines}`]
      const reply = await server.call(['capture-pane', '-p', '-J', ...history, '-t', target])
      return expectOk(reply, `reading the screen of ${place.session}`, server.address).stdout
    },

    async styledRow(row) {
      const reply = await server.call([
        'capture-pane',
        '-p',
        '-e',
        '-S',
        `${row}`,
        '-E',
        `${row}`,
        '-t',
        target,
      ])
      return expectOk(reply, `reading the screen of ${place.session}`, server.address).stdout.trimEnd()
    },
  }
}

type Command = readonly string[]

const refusal = 'team-refused'

/** `commands`, or `otherwise` where a row or the title matches; decided by the server itself, so that nothing comes between. */
function guarded(
  commands: readonly Command[],
  target: string,
  unless: string | null,
  otherwise: readonly Command[] = [],
): readonly Command[] {
  if (unless === null) return commands
  const refuse = tmuxSequence([...otherwise, ['display-message', '-p', refusal]])
  const matches = `#{||:#{C/r:${unless}},#{m/r:${unless},#{pane_title}}}`
  return [['if-shell', '-F', '-t', target, matches, refuse, tmuxSequence(commands)]]
}

function saysRefused(stdout: string): boolean {
  return stdout.split('\n').includes(refusal)
}

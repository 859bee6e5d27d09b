import { type CliResult, program, type RunningCli, type RunOptions, type Sandbox } from './sandbox.ts'
import { waitFor } from './wait-for.ts'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** Runs `team` on a terminal of its own; what is written to it is typed. */
export function onTerminal(
  sandbox: Sandbox,
  args: readonly string[],
  options: Pick<RunOptions, 'env' | 'cwd'> & { readonly size?: TerminalSize } = {},
): RunningCli {
  const { columns, rows } = options.size ?? { columns: 100, rows: 30 }
  const words = [process.execPath, program, ...args].map(quote).join(' ')
  const line = `stty cols ${columns} rows ${rows}; exec ${words}`
  return sandbox.start([], { ...options, input: null, instead: ['script', '-qfec', line, '/dev/null'] })
}

/** Leaves an attached terminal by tmux's own keys. */
export async function detach(client: RunningCli): Promise<CliResult> {
  let left = false
  void client.done.then(() => {
    left = true
  })
  // Not in one go: what comes faster than one key a millisecond is taken for pasted text.
  const keys = ['\x02', 'd']
  let typed = 0
  await waitFor('the client to leave', () => {
    if (!left) client.write(keys[typed++ % keys.length] ?? '')
    return left
  })
  return client.done
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

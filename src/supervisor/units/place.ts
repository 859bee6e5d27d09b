import type { Processes } from '../../io/processes.ts'

/** Where the tmux server of one unit listens. */
export interface SocketPlace {
  readonly name: string
  /** TMUX_TMPDIR; empty: tmux's own choice. */
  readonly directory: string
}

/** What a unit's terminal is found by: socket, its directory, and the agent's own directory. No value holds a NUL. */
export function handleOf({ name, directory }: SocketPlace, agentDir: string): string {
  return [name, directory, agentDir].join('\0')
}

export function placeOf(handle: string): { readonly socket: SocketPlace; readonly agentDir: string } {
  const [name = '', directory = '', agentDir = ''] = handle.split('\0')
  return { socket: { name, directory }, agentDir }
}

/** The pid in `text`, if it is the wrapper of this agent: it may have passed to another process. */
export function wrapperPid(text: string | null, agentDir: string, processes: Processes): number | null {
  const pid = Number(text?.trim() || Number.NaN)
  if (!Number.isInteger(pid) || pid <= 1) return null
  return processes.commandLine(pid)?.includes(agentDir) === true ? pid : null
}

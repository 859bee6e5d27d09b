import { isAgentId } from '../../model/agent.ts'
import type { DrainPolicy, DrainStep } from '../../model/drain.ts'
import { signalNames } from '../../model/drain.ts'
import type { Fingerprint } from '../../model/fingerprint.ts'
import type { Launch } from '../../model/launch.ts'
import type { Observation } from '../../model/unit.ts'

/**
 * All labels of a unit are one pane option, joined by `|`: tmux looks at every session after each option that is
 * set, so that ten options took half of the time in which 50 agents start. Free text is percent-encoded: a path
 * may hold the separator or a newline. No secret is ever in a label; the fingerprint holds hashes only.
 */
const version = '1'
const labelOption = '@team_labels'

/** Name and value of the option that `launch` gives its pane. */
export function labelOf(launch: Launch): readonly [name: string, value: string] {
  const { command, env, files, supervisor } = launch.fingerprint
  const labels = [
    version,
    launch.team,
    launch.id,
    encodeURIComponent(launch.composeFile),
    encodeURIComponent(launch.stateDir),
    encodeURIComponent(launch.agentDir),
    encodeURIComponent(launch.marker),
    [command, env, files, supervisor].join('.'),
    encodeURIComponent(JSON.stringify(launch.drain)),
    encodeURIComponent(launch.role ?? ''),
  ]
  return [labelOption, labels.join('|')]
}

/** Format of one pane: what tmux knows, the labels, and the server's pid at its end; `|` never occurs in a field. */
export const labelFormat = `#{session_name}|#{pane_id}|#{pane_pid}|#{pane_dead}|#{${labelOption}}|#{pid}`

/** Pid of the server that printed panes as `labelFormat`; null when there are none. */
export function serverPidOf(panes: string): number | null {
  const [line = ''] = panes.split('\n', 1)
  const pid = Number(line.slice(line.lastIndexOf('|') + 1))
  return Number.isInteger(pid) && pid > 1 ? pid : null
}

/**
 * One line of `list-panes -F labelFormat`; null: a pane that carries no labels of this team. A label that
 * cannot be read makes the unit `unknown`, never absent.
 */
export function parsePane(line: string, team: string): Observation | null {
  const [session = '', pane = '', pidText, dead, v, name, agent, ...rest] = line.split('|')
  if (name !== team || agent === undefined || !isAgentId(agent)) return null
  const [file, state, dir, unit, fingerprintText, drainText, role] = rest.map(decode)
  const fingerprint = parseFingerprint(fingerprintText ?? '')
  const drain = parseDrain(drainText ?? '')
  const readable = v === version && fingerprint !== null && drain !== null && dir !== undefined && dir !== ''
  const pid = Number(pidText)
  return {
    id: agent,
    unit: {
      supervisor: 'tmux',
      id: agent,
      name: session,
      handle: pane,
      pid: dead === '1' || !Number.isInteger(pid) ? null : pid,
    },
    liveness: readable ? (dead === '1' ? 'exited' : 'running') : 'unknown',
    composeFile: file ?? '',
    stateDir: state ?? '',
    agentDir: dir ?? '',
    marker: unit ?? '',
    fingerprint: fingerprint ?? { command: '', env: '', files: '', supervisor: '' },
    drain: drain ?? { timeoutMs: 0, mode: 'interrupt', steps: [] },
    role: role === undefined || role === '' ? null : role,
    look: null,
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return '' // changed by hand
  }
}

function parseFingerprint(text: string): Fingerprint | null {
  const [command, env, files, supervisor] = text.split('.')
  if (command === undefined || env === undefined || files === undefined || supervisor === undefined)
    return null
  return { command, env, files, supervisor }
}

function parseDrain(text: string): DrainPolicy | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('timeoutMs' in value) || !('steps' in value))
      return null
    if (typeof value.timeoutMs !== 'number' || !Array.isArray(value.steps)) return null
    const steps = value.steps.map(parseStep)
    const mode = 'mode' in value && value.mode === 'finish' ? 'finish' : 'interrupt'
    return steps.includes(null)
      ? null
      : { timeoutMs: value.timeoutMs, mode, steps: steps.filter((step) => step !== null) }
  } catch {
    return null
  }
}

function parseStep(value: unknown): DrainStep | null {
  if (typeof value !== 'object' || value === null) return null
  if ('key' in value && typeof value.key === 'string') return { kind: 'key', key: value.key }
  if ('ms' in value && typeof value.ms === 'number') return { kind: 'pause', ms: value.ms }
  if ('signal' in value) {
    const signal = signalNames.find((name) => name === value.signal)
    return signal === undefined ? null : { kind: 'signal', signal }
  }
  return null
}

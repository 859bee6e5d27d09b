import { isAgentId } from '../model/agent.ts'
import type { DrainPolicy, DrainStep } from '../model/drain.ts'
import { signalNames } from '../model/drain.ts'
import type { Fingerprint } from '../model/fingerprint.ts'
import type { Launch } from '../model/launch.ts'
import type { Observation } from '../model/unit.ts'

/** Of the text below: a unit that carries another one cannot be read. */
const version = '1'

/** What a unit's labels say: everything of an observation but what the supervisor itself knows. */
export type Labels = Omit<
  Observation,
  'unit' | 'liveness' | 'look' | 'restarting' | 'oom' | 'unchanged' | 'fileLoss' | 'unlogged'
>

/**
 * All labels of a unit as one text, joined by `|`. Free text is percent-encoded: a path may hold the separator or a
 * newline. No secret is ever in a label; the fingerprint holds hashes only.
 */
export function labelsOf(launch: Launch): string {
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
  return labels.join('|')
}

/** Fields of a text by `labelsOf`. null: no labels of this team. `readable` false: ours, but changed by hand or of another version. */
export function parseLabels(
  fields: readonly string[],
  team: string,
): { readonly labels: Labels; readonly readable: boolean } | null {
  const [v, name, agent, ...rest] = fields
  if (name !== team || agent === undefined || !isAgentId(agent)) return null
  const [file, state, dir, unit, fingerprintText, drainText, role] = rest.map(decode)
  const fingerprint = parseFingerprint(fingerprintText ?? '')
  const drain = parseDrain(drainText ?? '')
  return {
    readable: v === version && fingerprint !== null && drain !== null && dir !== undefined && dir !== '',
    labels: {
      id: agent,
      composeFile: file ?? '',
      stateDir: state ?? '',
      agentDir: dir ?? '',
      marker: unit ?? '',
      fingerprint: fingerprint ?? { command: '', env: '', files: '', supervisor: '' },
      drain: drain ?? { timeoutMs: 0, mode: 'interrupt', steps: [] },
      role: role === undefined || role === '' ? null : role,
    },
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

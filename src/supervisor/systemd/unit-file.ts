import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from '../../model/limits.ts'
import { everRestarts, firstPause, type RestartPolicy } from '../../model/restart.ts'
import { labelsOf } from '../labels.ts'
import { fill, parseUnitLabels, stopGraceMs, type UnitFormat } from '../units/format.ts'
import { heldText, heldVariable } from '../units/held.ts'
import { unitWord } from './quote.ts'

/** Units of the user's service manager. They can be read by everybody, and hold no secret. */
export const serviceFormat: UnitFormat = {
  template: 'agent.service',
  prefix: 'team-',
  suffix: '.service',
  extension: '',
  mode: 0o644,
  render: (template, { launch, shell, runner, env, socket }) =>
    fill(template, {
      DESCRIPTION: `team ${launch.team}: ${launch.id}`,
      EXEC: [shell, runner, launch.agentDir].map((word) => unitWord(word, 'doubled')).join(' '),
      ENVIRONMENT: Object.entries({ ...env, [heldVariable]: heldText(launch, socket) })
        .map(([name, value]) => unitWord(`${name}=${value}`, 'kept'))
        .join(' '),
      ...restartValues(launch.restart),
      STOP: String(launch.drain.timeoutMs + stopGraceMs),
      LIMITS: limitLines(launch.limits ?? {}),
      LABELS: labelsOf(launch),
      SOCKET: socket.name,
      SOCKETS: encodeURIComponent(socket.directory),
    }),
  isWhole: (text) => /^WantedBy=.*\n/m.test(text),
  parse(text, team) {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? null
    const fields = { labels: value('Labels'), socket: value('Socket'), directory: value('SocketDirectory') }
    return parseUnitLabels(fields, team)
  },
}

/** The largest that systemd has a number for. */
const mostStarts = 2 ** 32 - 1
/** Longer than any machine runs; 100 years. */
const longestMs = 3_155_760_000_000

/**
 * What of the policy concerns the unit itself. More starts than there are stable runs' times for were not stable: the
 * first start, and `max` restarts.
 */
function restartValues(restart: RestartPolicy): Readonly<Record<string, string>> {
  const { max, backoff } = restart
  const starts = max === null ? 1 : Math.min(max + 1, mostStarts)
  return {
    RESTART: everRestarts(restart) ? 'on-abnormal' : 'no',
    PAUSE: String(firstPause(restart)),
    LIMIT_INTERVAL: String(max === null ? 0 : Math.min(starts * backoff.resetAfterMs, longestMs)),
    LIMIT_BURST: String(starts),
  }
}

function limitLines({ memory, cpu, tasks }: Limits): string {
  const lines = [
    ...(memory === undefined ? [] : [`MemoryMax=${memory}`]),
    ...(cpu === undefined ? [] : [`CPUQuota=${Math.round(cpu * 100)}%`]),
    ...(tasks === undefined ? [] : [`TasksMax=${tasks}`]),
  ]
  return lines.map((line) => `\n${line}`).join('')
}

/** What has a unit started with the user's manager. */
export function bootLink(directory: string, name: string): string {
  return join(directory, 'default.target.wants', name)
}

/** Is it started with the user's manager? */
export function isEnabled(directory: string, name: string): boolean {
  const link = bootLink(directory, name)
  return existsSync(link) && statSync(link).isFile()
}

/** Where the user manager looks for units that the user wrote. */
export function unitDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME ?? '/', '.config'), 'systemd', 'user')
}

import { join } from 'node:path'
import { everRestarts, firstPause } from '../../model/restart.ts'
import { labelsOf } from '../labels.ts'
import { fill, parseUnitLabels, stopGraceMs, type UnitFormat } from '../units/format.ts'
import { heldText, heldVariable } from '../units/held.ts'
import { plistString, plistText } from './plist.ts'

/** A runner whose state directory was removed must not be started again and again. */
const enter = 'test ! -r "$1" || exec "$0" "$@"'

/** Jobs of the user's launchd. The name of a unit is its label. */
export const jobFormat: UnitFormat = {
  template: 'agent.plist',
  prefix: 'team.',
  suffix: '',
  extension: '.plist',
  mode: 0o600,
  render: (template, { launch, name, shell, runner, env, socket }) =>
    fill(template, {
      LABEL: plistText(name),
      ARGUMENTS: [shell, '-c', enter, shell, runner, launch.agentDir, 'zero'].map(stringElement).join(''),
      ENVIRONMENT: Object.entries({ ...env, [heldVariable]: heldText(launch, socket) })
        .map(([key, value]) => `\n\t\t<key>${plistText(key)}</key>${stringElement(value)}`)
        .join(''),
      KEEP_ALIVE: everRestarts(launch.restart)
        ? '<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>'
        : '<false/>',
      PAUSE: String(Math.max(1, Math.ceil(firstPause(launch.restart) / 1000))),
      STOP: String(Math.ceil((launch.drain.timeoutMs + stopGraceMs) / 1000)),
      LABELS: plistText(labelsOf(launch)),
      SOCKET: plistText(socket.name),
      SOCKETS: plistText(encodeURIComponent(socket.directory)),
    }),
  isWhole: (text) => text.includes('</plist>'),
  parse(text, team) {
    const fields = {
      labels: plistString(text, 'TeamLabels'),
      socket: plistString(text, 'TeamSocket'),
      directory: plistString(text, 'TeamSocketDirectory'),
    }
    return parseUnitLabels(fields, team)
  },
}

function stringElement(value: string): string {
  return `\n\t\t<string>${plistText(value)}</string>`
}

/** Where the jobs are kept. Not where launchd looks at login: it would start all of them. */
export function jobDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.HOME ?? '/', 'Library', 'Application Support', 'team', 'launchd')
}

/** What lies here is started at the user's login. */
export function loginDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.HOME ?? '/', 'Library', 'LaunchAgents')
}

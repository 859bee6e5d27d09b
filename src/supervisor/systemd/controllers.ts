import { TeamError } from '../../errors.ts'
import { readIfExists } from '../../io/files.ts'
import type { Launch } from '../../model/launch.ts'
import { limitNames } from '../../model/limits.ts'
import { expectDone, type Systemctl } from './systemctl.ts'

/** What the kernel keeps each limit with. */
const controllers = { memory: 'memory', cpu: 'cpu', tasks: 'pids' } as const

/** Where control groups are mounted. */
export const cgroupRoot = '/sys/fs/cgroup'

/** Controllers that the user manager may limit its units with; systemd takes a limit without one, and keeps it not. */
export async function availableControllers(systemctl: Systemctl, root: string): Promise<ReadonlySet<string>> {
  const reply = await systemctl.call(['show', '-p', 'ControlGroup', '--value'])
  const group = expectDone(reply, 'asking for its control group').stdout.trim()
  const text = readIfExists(`${root}${group}/cgroup.controllers`) ?? ''
  return new Set(text.trim().split(/\s+/))
}

/** null: every limit of the launch will be kept. */
export function limitProblem(launch: Launch, available: ReadonlySet<string>): TeamError | null {
  const { limits } = launch
  const missing = limitNames.filter(
    (name) => limits?.[name] !== undefined && !available.has(controllers[name]),
  )
  if (missing.length === 0) return null
  const names = missing.map((name) => `limits.${name}`).join(', ')
  const lacking = missing.map((name) => controllers[name]).join(', ')
  return new TeamError(
    'limits-unavailable',
    `${launch.id}: nothing would keep ${names}: the user manager has no control group controller ${lacking}`,
    {
      hint: 'give it with Delegate= in a drop-in of user@.service (it needs control groups of version 2), or remove the limit',
    },
  )
}

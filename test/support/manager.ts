import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from './wait-for.ts'

/** The user manager that test/support/user-manager.sh has brought up for this process. */
interface Manager {
  /** Environment by which it is reached. Its unit directory is fixed, wherever the sandbox's HOME is. */
  readonly env: Readonly<Record<string, string>>
  readonly units: string
}

/** null: the tests run on tmux alone. */
export function ownManager(): Manager | null {
  const { UM_BASE, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env
  if (UM_BASE === undefined || XDG_RUNTIME_DIR === undefined) return null
  const config = `${UM_BASE}/home/.config`
  return {
    env: {
      XDG_RUNTIME_DIR,
      DBUS_SESSION_BUS_ADDRESS: DBUS_SESSION_BUS_ADDRESS ?? '',
      XDG_CONFIG_HOME: config,
    },
    units: join(config, 'systemd/user'),
  }
}

/** @throws Error where there is none: these tests are not to be skipped. */
export function requireManager(): Manager {
  const manager = ownManager()
  if (manager === null) throw new Error('these tests need a user manager of their own: npm run test:systemd')
  return manager
}

export function systemctl(args: readonly string[]): string {
  const env = { ...process.env, ...requireManager().env }
  return spawnSync('systemctl', ['--user', ...args], { env, encoding: 'utf8' }).stdout
}

/** Ends the manager, with all of its units, and has it come up again, as at the next login. */
export async function restartManager(): Promise<void> {
  const again = join(requireManager().units, '../../../again')
  writeFileSync(again, '')
  systemctl(['exit'])
  await waitFor('the manager to come up again', () => {
    const up = /^(running|degraded)$/m.test(systemctl(['is-system-running']))
    return up && !existsSync(again)
  })
}

/** Kills the units of all teams, and removes them. */
export function removeAllUnits(): void {
  const { units } = requireManager()
  const names = unitsIn(units)
  if (names.length === 0) return
  systemctl(['kill', '-s', 'KILL', ...names])
  systemctl(['stop', ...names])
  systemctl(['reset-failed', ...names])
  for (const name of names) rmSync(join(units, name), { force: true })
  rmSync(join(units, 'default.target.wants'), { recursive: true, force: true })
  systemctl(['daemon-reload'])
}

function unitsIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.startsWith('team-'))
  } catch {
    return [] // nothing was ever started
  }
}

/** Name of the tmux server of one unit. */
export function socketOf(unit: string): string {
  const text = readFileSync(join(requireManager().units, unit), 'utf8')
  return /^Socket=(.+)$/m.exec(text)?.[1] ?? ''
}

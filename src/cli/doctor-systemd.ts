import { capture } from '../io/exec.ts'
import type { Check } from '../model/check.ts'
import type { SupervisorConfig } from '../model/compose.ts'
import { systemctlEnvironment } from '../supervisor/systemd/systemctl.ts'
import { unitDirectory } from '../supervisor/systemd/unit-file.ts'
import { writableCheck } from './check-directory.ts'
import type { Context } from './context.ts'
import { lingers } from './systemd.ts'

const timeoutMs = 10_000

/** Oldest systemd that has `Type=exec` and everything else that the units say. */
const oldestSystemd = 240

/** What the systemd supervisor needs of this host; one line when it is neither there nor asked for. */
export async function systemdChecks(
  config: SupervisorConfig | null,
  { env }: Pick<Context, 'env'>,
): Promise<readonly Check[]> {
  const wanted = config?.type === 'systemd'
  const own = systemctlEnvironment(env, process.getuid?.() ?? 0)
  const version = await capture(['systemctl', '--version'], { env: own, cwd: '/', timeoutMs })
  if (version.startError !== null) {
    const detail = 'no systemctl on this host'
    return [
      wanted
        ? { name: 'systemd', status: 'fail', detail, hint: 'write `supervisor: tmux`' }
        : { name: 'systemd', status: 'ok', detail: `${detail}: not needed`, hint: null },
    ]
  }
  const found = Number(/^systemd (\d+)/.exec(version.stdout)?.[1] ?? 0)
  const tool: Check =
    found >= oldestSystemd
      ? { name: 'systemd', status: 'ok', detail: String(found), hint: null }
      : {
          name: 'systemd',
          status: wanted ? 'fail' : 'ok',
          detail: `${found || 'unknown'}, needs ${oldestSystemd}`,
          hint: wanted ? 'write `supervisor: tmux`' : null,
        }
  return wanted ? [tool, ...(await managerChecks(config, own, env))] : [tool]
}

async function managerChecks(
  config: Extract<SupervisorConfig, { type: 'systemd' }>,
  own: Readonly<Record<string, string>>,
  env: Context['env'],
): Promise<readonly Check[]> {
  const path = ['show', '-p', 'UnitPath', '--value']
  const reply = await capture(['systemctl', '--user', ...path], { env: own, cwd: '/', timeoutMs })
  const answers = reply.code === 0
  const directory = unitDirectory(env)
  return [
    {
      name: 'user manager',
      status: answers ? 'ok' : 'fail',
      detail: `${answers ? 'answers' : 'does not answer'} in ${own.XDG_RUNTIME_DIR}`,
      hint: answers ? null : 'log in as this user rather than by su or sudo, or run: loginctl enable-linger',
    },
    directoryCheck(directory, answers ? reply.stdout.trim().split(' ') : null),
    lingerCheck(config.systemd.boot),
  ]
}

function directoryCheck(directory: string, searched: readonly string[] | null): Check {
  const name = 'unit directory'
  if (searched !== null && !searched.includes(directory)) {
    const hint = 'HOME and XDG_CONFIG_HOME must be as they were at login'
    return { name, status: 'fail', detail: `${directory} is none that the manager looks in`, hint }
  }
  return writableCheck(name, directory)
}

/** Without lingering the manager ends with the user's last session, and takes the agents along. */
function lingerCheck(boot: boolean): Check {
  const name = 'lingering'
  if (lingers()) return { name, status: 'ok', detail: 'on: agents outlive the logout', hint: null }
  const detail = `off: agents end at the last logout${boot ? ', and start at login, not at boot' : ''}`
  return { name, status: 'warn', detail, hint: 'run: loginctl enable-linger' }
}

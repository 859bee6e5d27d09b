import { capture } from '../io/exec.ts'
import type { Check } from '../model/check.ts'
import type { SupervisorConfig } from '../model/compose.ts'
import { jobDirectory, loginDirectory } from '../supervisor/launchd/job-file.ts'
import { launchctlEnvironment } from '../supervisor/launchd/launchctl.ts'
import { writableCheck } from './check-directory.ts'
import type { Context } from './context.ts'

const timeoutMs = 10_000

/** What the launchd supervisor needs of this host; nothing where it is not asked for. */
export async function launchdChecks(
  config: SupervisorConfig | null,
  { env }: Pick<Context, 'env'>,
): Promise<readonly Check[]> {
  if (config?.type !== 'launchd') return []
  const domain = `gui/${process.getuid?.() ?? 0}`
  const own = launchctlEnvironment(env)
  const reply = await capture(['launchctl', 'print', domain], { env: own, cwd: '/', timeoutMs })
  const directories = [
    writableCheck('job directory', jobDirectory(env)),
    ...(config.launchd.boot ? [writableCheck('login directory', loginDirectory(env))] : []),
  ]
  if (reply.startError !== null) {
    const detail = `no launchctl on this host: ${reply.startError}`
    return [{ name: 'launchd', status: 'fail', detail, hint: 'write `supervisor: tmux`' }, ...directories]
  }
  const answers = reply.code === 0
  return [
    {
      name: 'launchd',
      status: answers ? 'ok' : 'fail',
      detail: `${answers ? 'has' : 'has no'} ${domain}`,
      hint: answers ? null : 'log in at the screen of this Mac as this user: ssh alone does not do',
    },
    ...directories,
  ]
}

// `npm run test:agents`: the suite that drives the real agent CLIs against a model server on this machine. No account
// and no network are needed but for installing the CLIs. TEAM_TEST_FULL=1 repeats each trial as often as is claimed.
// With --allow-missing a CLI that cannot be installed is told, loudly, and is no failure.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cacheDir, installAgents } from './install-agents.mjs'

const args = process.argv.slice(2).filter((word) => word !== '--allow-missing')
const allowMissing = process.argv.includes('--allow-missing')
const failed = installAgents()
if (failed.length > 0) {
  const line = '='.repeat(78)
  const what = allowMissing ? 'NOT RUN' : 'FAILED'
  console.error(
    `${line}\n${what}: the real-agent tests. Could not be installed: ${failed.join(', ')}\n${line}`,
  )
  process.exit(allowMissing ? 0 : 1)
}
const vitest = fileURLToPath(new URL('../node_modules/.bin/vitest', import.meta.url))
const { status } = spawnSync(
  vitest,
  ['run', '--project', 'agents-activity', '--project', 'agents', ...args],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, TEAM_AGENTS_CACHE: cacheDir },
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)

// `npm run test:agents`: the suite that drives the real agent CLIs against a model server on this machine. No account
// and no network are needed but for installing the CLIs. TEAM_TEST_FULL=1 repeats each trial as often as is claimed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cacheDir, installAgents } from './install-agents.mjs'

const failed = installAgents()
if (failed.length > 0) {
  console.error(`FAILED: no real-agent tests were run, because of: ${failed.join(', ')}`)
  process.exit(1)
}
const vitest = fileURLToPath(new URL('../node_modules/.bin/vitest', import.meta.url))
const { status } = spawnSync(vitest, ['run', '--project', 'agents', ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, TEAM_AGENTS_CACHE: cacheDir },
  stdio: 'inherit',
})
process.exit(status ?? 1)

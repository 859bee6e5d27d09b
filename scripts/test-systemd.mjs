// `npm run test:systemd [VITEST ARGS...]`: the tests of the systemd supervisor, beside a user manager of their own, as
// root and as another user. A machine that cannot do that fails. With TEAM_TEST_FULL=1 the other user's are all of them.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manager = fileURLToPath(new URL('../test/support/user-manager.sh', import.meta.url))
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const run = ['run', '--configLoader', 'runner', '--project', 'systemd']
const chosen = process.argv.slice(2)
/** What may differ for a user who is not root. */
const asUser = ['contract', 'limits', 'quote', 'bytes', 'exit-codes']

for (const uid of ['0', '4242']) {
  const began = Date.now()
  const few = uid === '0' || chosen.length > 0 || process.env.TEAM_TEST_FULL === '1' ? chosen : asUser
  const command = [manager, '--uid', uid, process.execPath, vitest, ...run, ...few]
  const { status } = spawnSync('bash', command, { cwd: root, stdio: 'inherit' })
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: systemd, as uid ${uid} (${seconds}s)`)
  if (status !== 0) process.exit(status ?? 1)
}

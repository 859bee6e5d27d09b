// `npm run test:systemd [VITEST ARGS...]`: the tests of the systemd supervisor, beside a user manager of their own, as
// root and as another user. A machine that cannot do that fails. With TEAM_TEST_FULL=1 the other user's are all of them.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manager = fileURLToPath(new URL('../test/support/user-manager.sh', import.meta.url))
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const run = ['run', '--configLoader', 'runner', '--project', 'systemd']
const chosen = process.argv.slice(2)
/** What may differ for a user who is not root. */
const asUser = ['contract', 'limits', 'quote', 'bytes', 'exit-codes']

/** Both at once: they mostly wait. What the second says is kept until the first has ended. */
function start(uid) {
  const began = Date.now()
  const few = uid === '0' || chosen.length > 0 || process.env.TEAM_TEST_FULL === '1' ? chosen : asUser
  const command = [manager, '--uid', uid, process.execPath, vitest, ...run, ...few]
  const stdio = uid === '0' ? 'inherit' : ['ignore', 'pipe', 'pipe']
  const child = spawn('bash', command, { cwd: root, stdio })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => said.push(bytes))
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 1, seconds: 0, text: String(error) }))
    child.on('close', (code) => {
      const seconds = (Date.now() - began) / 1000
      resolve({ status: code ?? 1, seconds, text: Buffer.concat(said).toString() })
    })
  })
  return { uid, ended }
}

let worst = 0
for (const { uid, ended } of ['0', '4242'].map(start)) {
  const { status, seconds, text } = await ended
  process.stdout.write(text)
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: systemd, as uid ${uid} (${seconds.toFixed(1)}s)`)
  worst ||= status
}
process.exitCode = worst

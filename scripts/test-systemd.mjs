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

/** The longest file has a manager of its own; "all but it" takes every new file. */
const longest = 'test/systemd/failures.test.ts'
const all = chosen.length > 0 ? [chosen] : [['--exclude', longest], [longest]]
const few = chosen.length > 0 || process.env.TEAM_TEST_FULL === '1' ? all : [asUser]
const runs = [...all.map((args) => ({ uid: '0', args })), ...few.map((args) => ({ uid: '4242', args }))]

/** All at once: they mostly wait. What each but the first says is kept until those before it have ended. */
function start({ uid, args }, index) {
  const began = Date.now()
  const command = [manager, '--uid', uid, process.execPath, vitest, ...run, ...args]
  const stdio = index === 0 ? 'inherit' : ['ignore', 'pipe', 'pipe']
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
for (const { uid, ended } of runs.map(start)) {
  const { status, seconds, text } = await ended
  process.stdout.write(text)
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: systemd, as uid ${uid} (${seconds.toFixed(1)}s)`)
  worst ||= status
}
process.exitCode = worst

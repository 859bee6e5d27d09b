// What the tests have in place of launchctl: `launchctl.mjs DIRECTORY HOME VERB ARG...` asks the launchd.mjs of that
// directory, and starts it where there is none.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

const [directory, home, ...request] = process.argv.slice(2)
const deadline = Date.now() + 10_000

function ask() {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ path: join(directory, 'socket'), allowHalfOpen: true })
    socket.on('error', reject)
    socket.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    socket.on('end', () => resolve(JSON.parse(text)))
    socket.end(JSON.stringify(request))
  })
}

/** It belongs to the tests, not to what they look for in their directory: neither its home nor its arguments say so. */
function startLaunchd() {
  mkdirSync(directory, { recursive: true })
  const env = { PATH: '/usr/bin:/bin', FAKE_LAUNCHD: directory, FAKE_LAUNCHD_HOME: home }
  const program = join(import.meta.dirname, 'launchd.mjs')
  spawn(process.execPath, [program], { env, cwd: '/', stdio: 'ignore', detached: true }).unref()
}

let started = false
for (;;) {
  try {
    const { code, stdout, stderr } = await ask()
    process.stdout.write(stdout)
    process.stderr.write(stderr)
    process.exitCode = code
    break
  } catch (error) {
    if (Date.now() > deadline) throw error
    if (!started) startLaunchd()
    started = true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

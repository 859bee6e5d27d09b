// A stand-in for the launchd of one user: holds jobs, starts them for real, and starts them again, as launchd is
// documented to. `launchd.mjs` listens on $FAKE_LAUNCHD/socket until it is killed or that directory is gone; what it
// is asked comes from launchctl.mjs. Deliberately unforgiving: it starts nothing twice, and knows no other domain.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { parsePlist } from './plist.mjs'

const directory = process.env.FAKE_LAUNCHD
const home = process.env.FAKE_LAUNCHD_HOME
const uid = process.getuid()
const domain = `gui/${uid}`
/** label → job */
const jobs = new Map()
const disabled = new Set()

const reply = (code, stdout = '', stderr = '') => ({ code, stdout, stderr })
const done = reply(0)
const errors = {
  3: 'No such process',
  5: 'Input/output error',
  36: 'Operation now in progress',
  37: 'Operation already in progress',
  119: 'Service is disabled',
  122: 'Path had bad ownership/permissions',
  125: 'Domain does not support specified action',
}
const refused = (verb, code) => reply(code, '', `${verb} failed: ${code}: ${errors[code]}\n`)
const notFound = (label) =>
  reply(113, '', `Could not find service "${label}" in domain for user gui: ${uid}\n`)

/** Keys that are launchd's, of those that are used; any other is ignored, as launchd does. */
const checks = {
  Label: (value) => typeof value === 'string' && value !== '',
  ProgramArguments: (value) => Array.isArray(value) && value.length > 0 && value.every(isString),
  EnvironmentVariables: (value) => Object.values(value).every(isString),
  RunAtLoad: (value) => typeof value === 'boolean',
  KeepAlive: (value) =>
    typeof value === 'boolean' ||
    Object.entries(value).every(([key, on]) => key === 'SuccessfulExit' && on === false),
  ThrottleInterval: (value) => value > 0,
  ExitTimeOut: (value) => value > 0,
  ProcessType: (value) => ['Background', 'Standard', 'Adaptive', 'Interactive'].includes(value),
}
const isString = (value) => typeof value === 'string'

function readJob(path) {
  try {
    const plist = parsePlist(readFileSync(path, 'utf8'))
    for (const key of ['Label', 'ProgramArguments']) if (!(key in plist)) return null
    return Object.entries(checks).every(([key, isGood]) => !(key in plist) || isGood(plist[key]))
      ? plist
      : null
  } catch {
    return null
  }
}

function bootstrap(path) {
  if (!existsSync(path)) return refused('Bootstrap', 5)
  const { uid: owner, mode } = statSync(path)
  if (owner !== uid || (mode & 0o022) !== 0) return refused('Bootstrap', 122)
  const plist = readJob(path)
  if (plist === null) return refused('Bootstrap', 5)
  if (disabled.has(plist.Label)) return refused('Bootstrap', 119)
  const loaded = jobs.get(plist.Label)
  if (loaded !== undefined) return refused('Bootstrap', loaded.removing ? 37 : 5)
  const job = {
    plist,
    path,
    child: null,
    removing: false,
    runs: 0,
    last: null,
    since: 0,
    timer: null,
    gone: [],
  }
  jobs.set(plist.Label, job)
  if (plist.RunAtLoad === true || plist.KeepAlive === true || typeof plist.KeepAlive === 'object') start(job)
  return done
}

function start(job) {
  const { plist } = job
  const [file, ...args] = plist.ProgramArguments
  const env = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: home,
    XPC_SERVICE_NAME: plist.Label,
    ...plist.EnvironmentVariables,
  }
  job.timer = null
  job.runs += 1
  job.since = Date.now()
  // detached: a session and a process group of its own.
  const child = spawn(file, args, { cwd: '/', env, stdio: 'ignore', detached: true })
  job.child = child
  child.on('error', () => ended(job, 78, null))
  child.on('exit', (code, signal) => ended(job, code, signal))
}

function ended(job, code, signal) {
  const { plist, child } = job
  if (child?.pid !== undefined) killGroup(child.pid)
  job.child = null
  job.last = { code, signal }
  if (job.removing) return remove(job)
  const again = plist.KeepAlive === true || (typeof plist.KeepAlive === 'object' && code !== 0)
  if (!again) return
  const earliest = job.since + (plist.ThrottleInterval ?? 10) * 1000
  job.timer = setTimeout(() => start(job), Math.max(0, earliest - Date.now()))
}

/** AbandonProcessGroup is not set: what is left of the process group ends too. Its own sessions do not. */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // nothing is left
  }
}

function remove(job) {
  clearTimeout(job.timer)
  jobs.delete(job.plist.Label)
  job.gone.forEach((tell) => tell())
}

/** launchctl waits a little; a job that takes longer goes on ending. */
const patienceMs = 500

async function bootout(label) {
  const job = jobs.get(label)
  if (job === undefined) return refused('Boot-out', 3)
  if (job.removing) return refused('Boot-out', 36)
  job.removing = true
  if (job.child === null) {
    remove(job)
    return done
  }
  const { child, plist } = job
  child.kill('SIGTERM')
  setTimeout(() => job.child === child && child.kill('SIGKILL'), (plist.ExitTimeOut ?? 20) * 1000).unref()
  const gone = new Promise((resolve) => job.gone.push(() => resolve(done)))
  const late = new Promise((resolve) => setTimeout(() => resolve(refused('Boot-out', 36)), patienceMs))
  return Promise.race([gone, late])
}

function kickstart(label, again) {
  const job = jobs.get(label)
  if (job === undefined) return notFound(label)
  if (job.child !== null && !again) return done
  if (job.child === null) {
    clearTimeout(job.timer)
    start(job)
    return done
  }
  job.child.once('exit', () => job.timer === null && job.child === null && start(job))
  job.child.kill('SIGKILL')
  return done
}

function kill(name, label) {
  const job = jobs.get(label)
  if (job === undefined) return notFound(label)
  if (job.child === null) return reply(3, '', 'No process to signal.\n')
  const signal = /^\d+$/.test(name)
    ? Number(name)
    : constants.signals[name.startsWith('SIG') ? name : `SIG${name}`]
  if (signal === undefined) return reply(64, '', `Unknown signal: ${name}\n`)
  job.child.kill(signal)
  return done
}

function printDomain() {
  const column = (value) => String(value).padStart(8)
  const services = [...jobs.values()].map(({ plist, child, last }) => {
    const status = last === null ? '-' : (last.code ?? -constants.signals[last.signal])
    return `\t\t${column(child?.pid ?? 0)} ${column(status)} \t${plist.Label}\n`
  })
  const off = [...disabled].map((label) => `\t\t"${label}" => disabled\n`)
  const head = `${domain} = {\n\ttype = login\n\thandle = 100005\n\n`
  return reply(
    0,
    `${head}\tservices = {\n${services.join('')}\t}\n\n\tdisabled services = {\n${off.join('')}\t}\n}\n`,
  )
}

function print(target) {
  if (target === domain) return printDomain()
  const label = labelOf(target)
  const job = jobs.get(label)
  if (job === undefined) return notFound(label)
  const { plist, last } = job
  const state = job.child !== null ? 'running' : job.timer !== null ? 'spawn scheduled' : 'not running'
  const block = (name, lines) => `\t${name} = {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
  const exit =
    last === null
      ? '\tlast exit code = (never exited)\n'
      : last.signal === null
        ? `\tlast exit code = ${last.code === 78 ? '78: EX_CONFIG' : last.code}\n`
        : `\tlast terminating signal = ${last.signal}: ${constants.signals[last.signal]}\n`
  const text = [
    `${domain}/${label} = {\n`,
    `\tactive count = ${job.child === null ? 0 : 1}\n\tpath = ${job.path}\n\ttype = LaunchAgent\n\tstate = ${state}\n\n`,
    `\tprogram = ${plist.ProgramArguments[0]}\n`,
    block('arguments', plist.ProgramArguments),
    '\n',
    block(
      'environment',
      Object.entries(plist.EnvironmentVariables ?? {}).map(([key, value]) => `${key} => ${value}`),
    ),
    `\n\tdomain = ${domain} [100005]\n\tminimum runtime = ${plist.ThrottleInterval ?? 10}\n`,
    `\texit timeout = ${plist.ExitTimeOut ?? 20}\n\truns = ${job.runs}\n`,
    job.child === null ? '' : `\tpid = ${job.child.pid}\n`,
    exit,
    '}\n',
  ]
  return reply(0, text.join(''))
}

function labelOf(target) {
  return target.startsWith(`${domain}/`) ? target.slice(domain.length + 1) : ''
}

function answer([verb, ...args]) {
  const [target = '', path = ''] = verb === 'kill' || args[0]?.startsWith('-') ? args.slice(1) : args
  if (target !== domain && labelOf(target) === '') return reply(125, '', `${errors[125]}\n`)
  switch (verb) {
    case 'bootstrap':
      return bootstrap(path)
    case 'bootout':
      return bootout(labelOf(target))
    case 'kickstart':
      return kickstart(labelOf(target), args[0] === '-k')
    case 'kill':
      return kill(args[0], labelOf(target))
    case 'print':
      return print(target)
    case 'enable':
      disabled.delete(labelOf(target))
      return done
    case 'disable':
      disabled.add(labelOf(target))
      return done
    default:
      return reply(64, '', `Unrecognized subcommand: ${verb}\n`)
  }
}

function end() {
  for (const { child } of jobs.values()) {
    try {
      if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // ended meanwhile
    }
  }
  process.exit(0)
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  socket.on('error', () => undefined)
  socket.on('end', async () => socket.end(JSON.stringify(await answer(JSON.parse(text)))))
})
// Another one was faster.
server.on('error', () => process.exit(0))
const path = join(directory, 'socket')
server.listen(path, () => writeFileSync(join(directory, 'pid'), String(process.pid)))
process.on('SIGTERM', () => {
  rmSync(path, { force: true })
  end()
})
setInterval(() => existsSync(directory) || end(), 2_000)

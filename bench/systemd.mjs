// `npm run bench:systemd`: how long `team` takes with units of a user manager, beside one call of systemctl over the
// same units in the same round. Runs beside a manager of its own: test/support/user-manager.sh.
import { mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pause, run, until } from './processes.mjs'
import { loadNow } from './report.mjs'
import { median } from './stats.mjs'
import { readRecord } from './team.mjs'

const program = fileURLToPath(new URL('../bin/team.js', import.meta.url))
const { values } = parseArgs({
  options: { agents: { type: 'string', default: '50' }, rounds: { type: 'string', default: '7' } },
})
const [agents, rounds] = [Number(values.agents), Number(values.rounds)]
const { UM_BASE, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, PATH } = process.env
if (UM_BASE === undefined) throw new Error('there is no user manager of its own: npm run bench:systemd')

const root = join(realpathSync(UM_BASE), 'home')
const dir = join(root, 'bench')
const env = { PATH, HOME: root, SHELL: '/bin/sh', TERM: 'xterm', LANG: 'C.UTF-8', NO_COLOR: '1' }
Object.assign(env, { XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, TMUX_TMPDIR: join(root, 's') })

const names = Array.from({ length: agents }, (_, index) => `a${index}`)
const units = names.map((name) => `team-bench.web.${name}.service`)
const records = names.map((name) => join(dir, '.team/agents/web', name))
const allStarted = () => records.every((record) => readRecord(record).startsWith('start '))

const timed = async (argv) => (await run(argv, { cwd: dir, env })).ms
const team = (...args) => timed([process.execPath, program, ...args])
const systemctl = (...args) => timed(['systemctl', '--user', ...args, '--', ...units])

/** The records of the runs before must not pass for those of the run that is measured. */
function forget() {
  for (const record of records) rmSync(join(record, 'run.log'), { force: true })
}

async function round() {
  const up = await team('up')
  await pause(1_000) // what has just been started takes the processor
  const ps = await team('ps')
  const show = await systemctl('show', '-p', 'Id,ActiveState')
  const stop = await systemctl('stop')
  forget()
  const start = await systemctl('start')
  await until('the wrappers', allStarted)
  await pause(1_000)
  const down = await team('down')
  return { up, start, ps, show, down, stop }
}

mkdirSync(dir, { recursive: true })
mkdirSync(env.TMUX_TMPDIR, { recursive: true, mode: 0o700 })
const list = names.map((name) => `      ${name}: {command: [sleep, "1000"]}\n`).join('')
writeFileSync(
  join(dir, 'team.yaml'),
  `name: bench\nsupervisor: systemd\nprojects:\n  web:\n    agents:\n${list}`,
)
const samples = []
await round() // warms up
for (let index = 0; index < rounds; index += 1) {
  const sample = await round()
  samples.push(sample)
  const shown = Object.entries(sample).map(([name, ms]) => `${name} ${Math.round(ms)}`)
  process.stderr.write(`round ${index + 1} (load ${loadNow()}): ${shown.join(', ')}\n`)
}
const left = readdirSync(join(root, '.config/systemd/user')).filter((name) => name.startsWith('team-'))
if (left.length > 0) throw new Error(`down has left ${left.join(', ')}`)
for (const [command, floor] of Object.entries({ up: 'start', ps: 'show', down: 'stop' })) {
  const pair = [command, floor].map((name) => median(samples.map((sample) => sample[name])))
  const ratios = samples.map((sample) => sample[command] / sample[floor])
  const [own, least] = pair.map((ms) => `${ms.toFixed(0)} ms`)
  console.log(
    `${agents} units: team ${command} ${own}, systemctl ${floor} ${least}: ` +
      `${(pair[0] / pair[1]).toFixed(2)} times (each round: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  )
}

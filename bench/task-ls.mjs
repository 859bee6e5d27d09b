// `team task ls` over many records, beside Node's own start in the same rounds: node bench/task-ls.mjs [RECORDS] [ROUNDS]
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSandbox } from './sandbox.mjs'
import { median } from './stats.mjs'

const [records = 10_000, rounds = 9] = process.argv.slice(2).map(Number)
const program = fileURLToPath(new URL('../bin/team.js', import.meta.url))
const sandbox = createSandbox()
const dir = join(sandbox.root, 'tasks')
const tasks = join(dir, '.team', 'tasks')

/** A task that has ended, as the program writes it. */
function writeRecord(n) {
  const id = `0aaaa${String(n).padStart(8, '0')}`
  const created = { createdAt: '2026-01-01T00:00:00.000Z', root: '/' }
  const asked = {
    command: ['/bin/sh', '-c', `npm test -- --shard ${n}`],
    promptPreview: null,
    tags: ['nightly'],
  }
  const none = { role: null, model: null, sessionId: null, parentTaskId: null, parentAgent: null }
  const record = {
    version: 1,
    id,
    kind: 'shell',
    agent: 'web:a',
    runtime: 'command',
    ...created,
    ...asked,
    ...none,
  }
  const end = {
    outcome: n % 7 === 0 ? 'failed' : 'completed',
    finishedAt: '2026-01-01T00:00:01.000Z',
    exitCode: 0,
  }
  mkdirSync(join(tasks, id))
  writeFileSync(join(tasks, id, 'job.json'), JSON.stringify(record))
  writeFileSync(join(tasks, id, 'end.json'), JSON.stringify(end))
  writeFileSync(join(tasks, id, 'output.0'), 'done\n')
}

function timed(argv, program = process.execPath) {
  const began = performance.now()
  const { status, stderr } = spawnSync(program, argv, { cwd: dir, env: sandbox.env, maxBuffer: 1e9 })
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return performance.now() - began
}

/** On a terminal, with colours: `script` makes one. */
function timedOnTerminal(argv) {
  const words = [process.execPath, ...argv].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const line = `stty cols 100; NO_COLOR= exec ${words}`
  return timed(['-qec', line, join(dir, 'typescript')], 'script')
}

try {
  mkdirSync(tasks, { recursive: true })
  writeFileSync(
    join(dir, 'team.yaml'),
    'name: tasks\nprojects: {web: {agents: {a: {command: [sleep, "1"]}}}}\n',
  )
  for (let n = 0; n < records; n += 1) writeRecord(n)
  const lines = {
    'node -e 0': ['-e', '0'],
    'task ls': [program, 'task', 'ls'],
    'task ls -a': [program, 'task', 'ls', '-a'],
    'task ls -a -q': [program, 'task', 'ls', '-a', '-q'],
    'task ls --status failed': [program, 'task', 'ls', '--status', 'failed'],
    'task ls -a --json': [program, 'task', 'ls', '-a', '--json'],
    'task stats': [program, 'task', 'stats'],
  }
  const onTerminal = { 'terminal: node -e 0': ['-e', '0'], 'terminal: task ls -a': lines['task ls -a'] }
  const first = timed(lines['task ls -a'])
  const samples = Object.fromEntries(Object.keys(lines).map((name) => [name, []]))
  for (const name of Object.keys(onTerminal)) samples[name] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argv] of Object.entries(lines)) samples[name].push(timed(argv))
    for (const [name, argv] of Object.entries(onTerminal)) samples[name].push(timedOnTerminal(argv))
  }
  rmSync(join(tasks, '.index'), { force: true })
  const again = timed(lines['task ls -a'])
  const floor = median(samples['node -e 0'])
  const show = (name, ms, own = floor) =>
    console.log(`${name.padEnd(26)}${ms.toFixed(0).padStart(7)} ms${(ms / own).toFixed(1).padStart(7)} x`)
  console.log(`${records} records, median of ${rounds} rounds; x: times node -e 0 in the same rounds`)
  for (const name of Object.keys(lines)) show(name, median(samples[name]))
  const floorThere = median(samples['terminal: node -e 0'])
  for (const name of Object.keys(onTerminal)) show(name, median(samples[name]), floorThere)
  show('task ls -a, first', first)
  show('task ls -a, no index', again)
} finally {
  sandbox.dispose()
}

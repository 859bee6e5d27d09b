// How late `team task output -f` shows what a running task prints: node bench/task-output.mjs [LINES]
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSandbox } from './sandbox.mjs'
import { median, quantile } from './stats.mjs'

const [lines = 100] = process.argv.slice(2).map(Number)
const program = fileURLToPath(new URL('../bin/team.js', import.meta.url))
const sandbox = createSandbox()
const dir = join(sandbox.root, 'output')
/** Tells the time, a line about every 70 ms. */
const talker = `let n=0;const f=()=>{console.log(Date.now());if(++n<${lines})setTimeout(f,20+Math.random()*100)};f()`

/** ms between the print of each line and its arrival here; the first one is that of the start. */
async function lateness(args) {
  const child = spawn(process.execPath, [program, ...args], { cwd: dir, env: sandbox.env })
  const late = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const now = Date.now()
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    late.push(...parts.map((line) => now - Number(line)))
  })
  await new Promise((resolve) => child.on('close', resolve))
  return late
}

try {
  mkdirSync(dir)
  writeFileSync(
    join(dir, 'team.yaml'),
    'name: output\nprojects: {web: {agents: {a: {command: [sleep, "1"]}}}}\n',
  )
  const command = `${process.execPath} -e '${talker}'`
  const ran = await lateness(['task', 'run', 'web:a', '--shell', command])
  const started = spawnSync(
    process.execPath,
    [program, 'task', 'run', '-d', 'web:a', '--shell', `sleep 1; ${command}`],
    {
      ...{ cwd: dir, env: sandbox.env, encoding: 'utf8' },
    },
  )
  const followed = await lateness(['task', 'output', '-f', started.stdout.trim()])
  for (const [name, late] of Object.entries({ 'task run': ran, 'task output -f': followed })) {
    const [first = Number.NaN] = late
    const figures = [median(late), quantile(late, 0.95), Math.max(...late), first]
    const [mid, most, worst, start] = figures.map((ms) => `${ms.toFixed(0).padStart(5)} ms`)
    console.log(
      `${name.padEnd(16)}${late.length} lines: median${mid}, 95 %${most}, worst${worst}, first${start}`,
    )
  }
} finally {
  sandbox.dispose()
}

// `npm run bench`: how long `team` takes, beside what no program on this machine can beat.
import { fileURLToPath } from 'node:url'
import { measureCalls } from './measure-calls.mjs'
import { measureDrain } from './measure-drain.mjs'
import { measureExit } from './measure-exit.mjs'
import { measureIdle } from './measure-idle.mjs'
import { measureLifecycle } from './measure-lifecycle.mjs'
import { readOptions, usage } from './options.mjs'
import { loadNow, tableOf, writeResults } from './report.mjs'
import { callRows, exitRows, idleRows, timedRows } from './rows.mjs'
import { createSandbox } from './sandbox.mjs'

const resultsDir = fileURLToPath(new URL('results', import.meta.url))

/** Everything for one size of team. @returns {rows, raw} */
async function measure(agents, options, sandbox) {
  const input = { sandbox, agents, rounds: options.roundsFor(agents), program: options.program }
  const step = async (what, work) => {
    process.stderr.write(`${agents} agents: ${what} (load ${loadNow()})\n`)
    return work(input)
  }
  const lifecycle = await step('ps, up, reload', measureLifecycle)
  const drain = await step('drain', measureDrain)
  const exit = await step('exit detection', measureExit)
  const calls = await step('tmux processes', measureCalls)
  const idle = await step('idle', measureIdle)
  return {
    rows: [
      ...timedRows(agents, { ...lifecycle, ...drain }),
      ...exitRows(agents, exit),
      ...callRows(agents, calls),
      ...idleRows(agents, idle),
    ],
    raw: { agents, ms: { ...lifecycle, ...drain, ...exit }, calls, idle },
  }
}

async function main(options, sandbox) {
  const rows = []
  const raw = []
  for (const agents of options.sizes) {
    const measured = await measure(agents, options, sandbox)
    rows.push(...measured.rows)
    raw.push(measured.raw)
  }
  console.log(tableOf(rows))
  console.log(
    `medians; floors were measured in the same rounds. ${writeResults(options.out ?? resultsDir, { rows, raw })}`,
  )
  const over = rows.filter((row) => row.ok === false)
  if (over.length > 0) console.log(`${over.length} ${over.length === 1 ? 'target is' : 'targets are'} missed`)
  return options.check && over.length > 0 ? 1 : 0
}

/** Options, or the exit code when there is nothing to measure. */
function prepare() {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options !== null) return options
    console.log(usage)
    return 0
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    return 2
  }
}

const options = prepare()
if (typeof options === 'number') process.exit(options)
const sandbox = createSandbox()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    sandbox.dispose()
    process.exit(130)
  })
}
try {
  process.exitCode = await main(options, sandbox)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  sandbox.dispose()
}

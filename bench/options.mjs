// What `node bench/run.mjs` understands.
import { parseArgs } from 'node:util'

export const usage = `usage: npm run bench -- [options]

  --agents LIST    sizes of the teams, comma-separated (default: 1,10,50,200)
  --rounds N       rounds of every measurement (default: 15; 5 from 200 agents on)
  --check          exit 1 when a target is missed
  --out DIR        where the JSON goes (default: bench/results)
  --program PATH   the team.js to measure (default: the one of this checkout)
  --help`

const manyAgents = 200

/** @returns the options, or null when help was asked for. @throws Error for anything it does not understand */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      agents: { type: 'string', default: '1,10,50,200' },
      rounds: { type: 'string' },
      check: { type: 'boolean', default: false },
      out: { type: 'string' },
      program: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  const sizes = values.agents.split(',').map((text) => wholeNumber('--agents', text))
  const rounds = values.rounds === undefined ? null : wholeNumber('--rounds', values.rounds)
  return {
    sizes,
    roundsFor: (agents) => rounds ?? (agents >= manyAgents ? 5 : 15),
    check: values.check,
    out: values.out ?? null,
    program: values.program ?? null,
  }
}

function wholeNumber(option, text) {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new Error(`${option}: "${text}" is not a whole number above 0`)
}

import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { nothingLeft, ok, outcomesOf } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentKind, agentKinds } from './agent-home.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { orQuick, paste, patience, press, repetitions, untilActivity, untilShown } from './driver.ts'

let sandbox: AgentsSandbox
afterEach(() => sandbox.dispose())

/** How often each state is tried, and how many agents fit the machine at once. */
const trials: Readonly<Record<AgentKind, { claimed: number; few: number; together: number }>> = {
  claude: { claimed: 20, few: 2, together: 5 },
  codex: { claimed: 20, few: 2, together: 5 },
  gemini: { claimed: 10, few: 2, together: 2 },
  opencode: { claimed: 10, few: 1, together: 2 },
}

interface State {
  readonly name: string
  readonly prompt: (n: number) => string
  readonly reach: (agent: string, n: number) => Promise<unknown>
  readonly args?: Readonly<Partial<Record<AgentKind, readonly string[]>>>
}

const idle = async (agent: string): Promise<void> => {
  await waitFor('the answer', () => isAnswered(agent), patience)
  await untilActivity(sandbox, agent, 'idle')
}

const isAnswered = (agent: string): boolean =>
  sandbox.model.truth(modelName(agent)).some(({ doing }) => doing === 'idle')

/** A running tool: its command line is in the process table. */
const toolRuns = (n: number): boolean =>
  readdirSync('/proc').some((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${toolSeconds(n)}\0`
      )
    } catch {
      return false // ended meanwhile
    }
  })

const toolSeconds = (n: number): string => `${7000 + n}.${process.pid}`

const states: readonly State[] = [
  { name: 'idle', prompt: () => 'hello', reach: idle },
  {
    name: 'draft',
    prompt: () => 'hello',
    reach: async (agent) => {
      await idle(agent)
      paste(sandbox, agent, 'a draft nobody sent')
      await untilShown(sandbox, agent, 'a draft nobody sent')
    },
  },
  { name: 'busy', prompt: () => 'SLOW 60', reach: (agent) => untilShown(sandbox, agent, 'tick4') },
  {
    name: 'permission dialog',
    prompt: (n) => `TOOL \`touch asked-${n}\``,
    reach: (agent) => untilActivity(sandbox, agent, 'waiting'),
  },
  {
    name: 'tool running',
    prompt: (n) => `RUN \`sleep ${toolSeconds(n)}\``,
    args: {
      claude: ['--allowedTools', 'Bash(sleep:*)'],
      codex: ['-c', 'sandbox_mode="danger-full-access"', '-c', 'approval_policy="never"'],
      gemini: ['--approval-mode', 'yolo'],
    },
    reach: (_agent, n) => waitFor('the tool', () => toolRuns(n), patience),
  },
  {
    name: 'menu open',
    prompt: () => 'hello',
    reach: async (agent) => {
      await idle(agent)
      press(sandbox, agent, '/')
      await untilShown(sandbox, agent, /\/(help|init|model|about|agents|add-dir|advisor|auth|connect)\b/)
    },
  },
]

const only = (...names: readonly string[]) => states.filter(({ name }) => names.includes(name))

/** Gemini ends on the same signal in each state. */
const geminiStates = orQuick('gemini in any state but busy', states, only('busy'))

/** An opencode takes ten seconds of a processor to start, and ends on the same signal in each state. */
const kinds = orQuick<AgentKind>('drains of opencode', agentKinds, ['claude', 'codex', 'gemini'])

describe.each(kinds)('drain of %s', (kind) => {
  it.each(kind === 'gemini' ? geminiStates : states)(
    '$name: graceful, quick, and nothing is left',
    async (state) => {
      const { claimed, few, together } = trials[kind]
      const wanted = repetitions(claimed, few)
      sandbox = await createAgentsSandbox()
      const times: number[] = []
      for (let first = 0; first < wanted; first += together) {
        const numbers = Array.from({ length: Math.min(together, wanted - first) }, (_, i) => first + i)
        const agents = numbers.map((n) => [
          `a${n}`,
          { kind, prompt: state.prompt(n), args: state.args?.[kind] ?? [] },
        ])
        sandbox.teamFile(Object.fromEntries(agents))
        await ok(sandbox, ['up'])
        await Promise.all(numbers.map((n) => state.reach(`a${n}`, n)))
        const down = outcomesOf(await ok(sandbox, ['down', '--json', '--drain', '20s']))
        for (const { id, drain } of down) {
          expect({ id, ...drain }).toMatchObject({ id, outcome: 'graceful', survivors: [] })
          times.push(drain?.ms ?? Number.NaN)
        }
        const exits = sandbox
          .read('.team/events.jsonl')
          .split('\n')
          .filter((line) => line.includes('"exited"'))
        expect(exits).toHaveLength(first + numbers.length)
        expect(numbers.filter(toolRuns)).toEqual([])
      }
      await nothingLeft(sandbox)
      console.log(
        `${kind}, ${state.name}: ${times.length} of ${wanted} graceful, slowest ${Math.max(...times)} ms`,
      )
      expect(Math.max(...times)).toBeLessThan(3_000)
    },
    900_000,
  )
})

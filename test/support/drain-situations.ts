import { fixtureAgent, type LoggedEvent } from './agent-log.ts'
import type { Sandbox } from './sandbox.ts'
import type { AgentKeys } from './team-file.ts'

interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** A state that an agent can be in when it is asked to end, and what must come of it. */
export interface Situation {
  readonly name: string
  readonly agent: (sandbox: Sandbox, id: string) => AgentKeys
  readonly outcomes: readonly ('graceful' | 'forced' | 'absent')[]
  /** How the agent may end; any other way is an error. Empty: any. */
  readonly endings: readonly Ending[]
  /** Events of the agent's own log to wait for before the drain; null: it keeps no log. */
  readonly until: readonly string[] | null
  /** tmux command that is run in its pane beforehand. */
  readonly before?: readonly string[]
  /** Signal to the agent's own process beforehand. */
  readonly signalBefore?: NodeJS.Signals
  /** Its wrapper is stopped beforehand. */
  readonly freezesWrapper?: boolean
  /** Keys that must have reached it, all of them. */
  readonly keys?: readonly string[]
  /** ms; a forced one must end within 2.5 s after it. */
  readonly budgetMs?: number
  /** ms; a graceful one must have taken at least so long. */
  readonly atLeastMs?: number
}

const exit = (code: number): Ending => ({ code, signal: null })
const killed = (signal: string): Ending => ({ code: null, signal })

const fake =
  (flags: readonly string[], keys: AgentKeys = {}): Situation['agent'] =>
  (sandbox, id) =>
    fixtureAgent(sandbox, id, ['fakeagent.mjs', ...flags], keys)

/** Ends on its Ctrl-C with 7, a code that nothing else gives. */
const obeys = ['--exit-code', '7']
const twice = [...obeys, '--exit-on', '2']
const graceful = { outcomes: ['graceful'], endings: [exit(7)], until: ['ready'] } as const
/** Over only when the agents that obey have long ended, so that what is measured after it is the force alone. */
const budgetMs = 2_500
const forced = { outcomes: ['forced'], until: ['ready'], budgetMs } as const
const short = { drain: `${budgetMs}ms` }
const claudeSteps = { drain: { steps: ['Escape', '400ms', 'C-c', '300ms', 'C-c'] } }
/** Its terminal is taken away, then it is told to end: whichever signal comes first. */
const told = [killed('SIGHUP'), killed('SIGTERM')]

const keySituations: readonly Situation[] = [
  { name: 'one', agent: fake(obeys), ...graceful, keys: ['C-c'] },
  {
    name: 'second',
    agent: fake([...twice, '--window', '5000'], { drain: { steps: ['C-c', '200ms', 'C-c'] } }),
    ...graceful,
    keys: ['C-c', 'C-c'],
  },
  {
    name: 'escape',
    agent: fake([...twice, '--escape-first', '--window', '5000'], claudeSteps),
    ...graceful,
    keys: ['Escape', 'C-c', 'C-c'],
  },
  { name: 'copy', agent: fake(obeys), ...graceful, before: ['copy-mode'], keys: ['C-c'] },
  { name: 'tree', agent: fake(obeys), ...graceful, before: ['choose-tree'], keys: ['C-c'] },
  { name: 'clock', agent: fake(obeys), ...graceful, before: ['clock-mode'], keys: ['C-c'] },
  {
    name: 'draft',
    agent: fake([...twice, '--window', '5000'], { drain: { steps: ['C-c', '200ms', 'C-c'] } }),
    ...graceful,
    before: ['send-keys', '-l', 'please do not send this '.repeat(100)],
    until: ['ready', 'text'],
    keys: ['C-c', 'C-c'],
  },
]

const timeSituations: readonly Situation[] = [
  { name: 'late', agent: fake([...obeys, '--exit-after-ms', '3000']), ...graceful, atLeastMs: 3_000 },
  // Deaf to the first sequence: the one at half of the budget ends it.
  {
    name: 'halftime',
    agent: fake(twice, { drain: '4s' }),
    ...graceful,
    atLeastMs: 2_000,
    keys: ['C-c', 'C-c'],
  },
  { name: 'never', agent: fake(['--never'], short), ...forced, endings: told },
  {
    name: 'deaf',
    agent: fake(['--never', '--ignore', 'HUP,INT,TERM'], short),
    ...forced,
    endings: [killed('SIGKILL')],
  },
  // Goes on when it is told to end; what it had been sent meanwhile may count first.
  {
    name: 'stopped',
    agent: fake(obeys, short),
    ...forced,
    endings: [exit(7), ...told],
    signalBefore: 'SIGSTOP',
  },
]

/** The agent ends as it is asked to, but that is written down only when its wrapper goes on: tmux sees to it, or the drain. */
const frozen: Situation = {
  name: 'frozen',
  agent: fake(obeys, short),
  outcomes: ['graceful', 'forced'],
  endings: [exit(7)],
  until: ['ready'],
  freezesWrapper: true,
}

const stubbornChild = ['--child-ignore', 'HUP,TERM']

const treeSituations: readonly Situation[] = [
  {
    name: 'setsid',
    agent: fake([...obeys, '--setsid-child']),
    ...graceful,
    until: ['ready', 'child'],
  },
  {
    name: 'orphan',
    agent: fake([...obeys, '--double-fork', ...stubbornChild]),
    ...graceful,
    until: ['ready', 'child'],
  },
  {
    name: 'family',
    agent: fake(['--never', '--ignore', 'HUP,INT,TERM', '--setsid-child', ...stubbornChild], short),
    ...forced,
    endings: [killed('SIGKILL')],
    until: ['ready', 'child'],
  },
  // A tool that is started when the agent is asked to end, and outlives it.
  {
    name: 'parting',
    agent: () => ({ command: "trap 'setsid sleep 1000 & exit 7' INT; sleep 1000 & wait" }),
    ...graceful,
    until: null,
  },
  // Its child has dropped every variable, so only the family tree tells whose it is.
  {
    name: 'bare',
    agent: () => ({
      command: "trap 'exit 7' INT; env -i setsid sh -c 'trap \"\" HUP TERM; sleep 1000; :' & wait",
    }),
    ...graceful,
    until: null,
  },
]

const always = (initial: string) => ({
  restart: { policy: 'always', max: 'unlimited', backoff: { initial, factor: 1 } },
})

const crashSituations: readonly Situation[] = [
  {
    name: 'crash',
    agent: () => ({
      command: "ulimit -c 0; trap 'sleep 0.05; kill -SEGV $$' INT; sleep 1000 & wait",
      ...always('10ms'),
    }),
    outcomes: ['graceful'],
    endings: [killed('SIGSEGV')],
    until: null,
  },
  { name: 'always', agent: fake(obeys, always('10ms')), ...graceful, keys: ['C-c'] },
  {
    name: 'backoff',
    agent: () => ({ command: 'exit 3', ...always('60s') }),
    outcomes: ['absent'],
    endings: [exit(3)],
    until: null,
  },
  // Ends and is restarted so often that the drain falls into any moment of it.
  {
    name: 'loop',
    agent: () => ({ command: 'sleep 0.03; exit 3', ...always('20ms') }),
    outcomes: ['graceful', 'absent'],
    endings: [],
    until: null,
  },
]

const cliStates = ['idle', 'draft', 'busy', 'perm', 'tool'] as const

/** The real agents, by their runtime's own exit sequence: all end with 0, and take nothing for an answer. */
const cliSituations: readonly Situation[] = (['claude', 'codex', 'gemini', 'opencode'] as const).flatMap(
  (runtime) =>
    cliStates.map((state) => ({
      name: `${runtime}-${state}`,
      agent: (sandbox: Sandbox, id: string) =>
        fixtureAgent(sandbox, id, ['agent-cli.mjs', runtime, state], { runtime }),
      outcomes: ['graceful'] as const,
      endings: [exit(0)],
      until: state === 'tool' ? ['ready', 'child'] : ['ready'],
      ...(runtime === 'gemini' || runtime === 'opencode' ? { keys: [] } : {}),
    })),
)

export const situations: readonly Situation[] = [
  ...keySituations,
  ...timeSituations,
  frozen,
  ...treeSituations,
  ...crashSituations,
  ...cliSituations,
]

/** Keys in the order in which they came. */
export function keysOf(log: readonly LoggedEvent[]): readonly (string | undefined)[] {
  return log.filter(({ event }) => event === 'key').map(({ key }) => key)
}

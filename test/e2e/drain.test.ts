import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TeamEvent } from '../../src/model/event.ts'
import type { ExitRecord } from '../../src/model/record.ts'
import { agentLog, untilLogged } from '../support/agent-log.ts'
import { type Bystanders, startBystanders, watchful } from '../support/bystanders.ts'
import { ok, outcomesOf, rows } from '../support/cli.ts'
import { keysOf, type Situation, situations } from '../support/drain-situations.ts'
import { knownPid } from '../support/known-pid.ts'
import { underLoad } from '../support/load.ts'
import { processesOf } from '../support/process-identity.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { writeTeam } from '../support/team-file.ts'

/** Each situation so many times, `copies` of each at once in a team of their own. */
const copies = 2
const rounds = process.env.TEAM_TEST_FULL === '1' ? 25 : 1
/** ms between the deadline of a drain and the end of what ignores it: 2 s from TERM to KILL, and what that takes. */
const forcedGraceMs = () => 2_000 + underLoad(500)

interface Member {
  readonly id: string
  readonly situation: Situation
}

/** What was wrong with each situation, over all rounds. */
const problems = new Map<string, string[]>(situations.map(({ name }) => [name, []]))
const harm: string[] = []
const leftovers: string[] = []
let drained = 0

function memberId({ name }: Situation, copy: number): string {
  return `web:${name}-${copy}`
}

async function bystandersOf(sandbox: Sandbox, members: readonly Member[]): Promise<Bystanders> {
  const cwd = sandbox.dir
  const [some] = members
  const marker = environmentMarker(sandbox, some?.id ?? '')
  return startBystanders([
    { file: 'fakeagent.mjs', args: watchful, cwd, env: {} },
    // Variables of an agent, but for the end of the one that counts.
    {
      file: 'fakeagent.mjs',
      args: watchful,
      cwd,
      env: { TEAM_AGENT: some?.id ?? '', TEAM_UNIT: `${marker}2`, TEAM_NAME: 'acme' },
    },
  ])
}

/** What an agent's processes are known by. */
function environmentMarker(sandbox: Sandbox, id: string): string {
  return `acme/${id.replace(':', '/')}@${encodeURIComponent(join(sandbox.dir, 'team.yaml'))}`
}

async function startTeam(sandbox: Sandbox, members: readonly Member[]): Promise<void> {
  writeTeam(
    sandbox,
    Object.fromEntries(members.map(({ id, situation }) => [id, situation.agent(sandbox, id)])),
  )
  // Agents that end at once are reported, which is right.
  const up = await sandbox.team(['up'])
  expect(up.code, up.stderr).toBeLessThanOrEqual(1)
  for (const event of ['ready', 'child'])
    await untilLogged(
      sandbox,
      members.filter(({ situation }) => situation.until?.includes(event) ?? false).map(({ id }) => id),
      event,
    )
}

async function prepare(sandbox: Sandbox, members: readonly Member[]): Promise<void> {
  const found = await rows(sandbox)
  for (const { id, situation } of members) {
    const { unit, pid } = found[id] ?? { unit: null, pid: null }
    if (situation.before !== undefined) sandbox.inPane({ team: 'acme', id, unit }, situation.before)
    if (situation.signalBefore !== undefined) process.kill(knownPid(pid), situation.signalBefore)
    if (situation.freezesWrapper === true) process.kill(parentOf(knownPid(pid)), 'SIGSTOP')
  }
  await untilLogged(
    sandbox,
    members.filter(({ situation }) => situation.until?.includes('text') ?? false).map(({ id }) => id),
    'text',
  )
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Everything that is wrong with how one agent was drained. */
function faults(
  sandbox: Sandbox,
  { id, situation }: Member,
  drain: ReturnType<typeof outcomesOf>[number] | undefined,
  events: readonly TeamEvent[],
): readonly string[] {
  const found: string[] = []
  const check = (good: boolean, text: string): void => void (good || found.push(`${id}: ${text}`))
  const { outcome, ms = 0, exitCode, survivors } = drain?.drain ?? { outcome: 'none' }
  check(
    situation.outcomes.some((name) => name === outcome),
    `${outcome} after ${ms} ms`,
  )
  check(drain?.ok === true && survivors?.length === 0, `failed: ${drain?.error?.message}`)
  check(ms >= (situation.atLeastMs ?? 0), `took only ${ms} ms`)
  if (situation.budgetMs !== undefined && outcome === 'forced')
    check(ms >= situation.budgetMs && ms <= situation.budgetMs + forcedGraceMs(), `forced after ${ms} ms`)
  found.push(...endingFaults(sandbox, id, situation, exitCode ?? null, outcome, events))
  const log = agentLog(sandbox, id)
  if (situation.keys !== undefined)
    check(keysOf(log).join() === situation.keys.join(), `got the keys ${keysOf(log).join()}`)
  for (const bad of ['submit', 'approved', 'spoiled'])
    check(!log.some(({ event }) => event === bad), `was made to: ${bad}`)
  const starts = log.filter(({ event }) => event === 'start').length
  check(situation.until === null || starts === 1, `was started ${starts} times`)
  const last = events.findLastIndex(({ event }) => event === 'drained' || event === 'killed')
  if (last >= 0) check(!events.slice(last).some(({ event }) => event === 'started'), 'was started again')
  return found
}

/** The end must be told alike by the outcome, the exit record and the events. */
function endingFaults(
  sandbox: Sandbox,
  id: string,
  { endings }: Situation,
  exitCode: number | null,
  outcome: string,
  events: readonly TeamEvent[],
): readonly string[] {
  const [project = '', agent = ''] = id.split(':')
  const path = join(sandbox.dir, '.team/agents', project, agent, 'exit.json')
  const record: ExitRecord = JSON.parse(readFileSync(path, 'utf8'))
  const exited = events.findLast(({ event }) => event === 'exited')
  const told = events.findLast(({ event }) => event === 'drained' || event === 'killed')
  const found: string[] = []
  if (endings.length > 0 && !endings.some((ending) => words(ending) === words(record)))
    found.push(`${id}: ended with ${words(record)}`)
  if (exited === undefined || words(exited) !== words(record))
    found.push(`${id}: event says ${words(exited)}, record ${words(record)}`)
  if (outcome === 'absent') return found
  if (exitCode !== record.code) found.push(`${id}: outcome says ${exitCode}, record ${words(record)}`)
  if (told === undefined || words(told) !== words(record))
    found.push(`${id}: ${told?.event} event says ${words(told)}, record ${words(record)}`)
  return found
}

function words(end: { readonly code?: unknown; readonly signal?: unknown } | TeamEvent | undefined): string {
  return `${end?.code} ${end?.signal}`
}

async function runRound(sandbox: Sandbox): Promise<void> {
  const members = situations.flatMap((situation) =>
    Array.from({ length: copies }, (_, copy) => ({ id: memberId(situation, copy), situation })),
  )
  const bystanders = await bystandersOf(sandbox, members)
  try {
    await startTeam(sandbox, members)
    await prepare(sandbox, members)
    const tree = processesOf(sandbox)
    const result = await ok(sandbox, ['down', '--json'])
    leftovers.push(...tree.left(), ...processesOf(sandbox).left())
    harm.push(...bystanders.harm())
    const outcomes = new Map(outcomesOf(result).map((outcome) => [outcome.id.toString(), outcome]))
    const events = await eventsOf(sandbox)
    for (const member of members) {
      const own = events.filter(({ id }) => id === member.id)
      problems.get(member.situation.name)?.push(...faults(sandbox, member, outcomes.get(member.id), own))
      drained += 1
    }
  } finally {
    bystanders.dispose()
  }
}

async function eventsOf(sandbox: Sandbox): Promise<readonly TeamEvent[]> {
  const { stdout } = await ok(sandbox, ['events', '--json'])
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

describe(`a drain of agents in every situation, ${copies * rounds} of each`, () => {
  let sandbox: Sandbox

  beforeAll(async () => {
    for (let round = 0; round < rounds; round += 1) {
      sandbox = createSandbox()
      try {
        await runRound(sandbox)
      } finally {
        sandbox.dispose()
      }
    }
  }, rounds * 120_000)

  it.each(situations.map(({ name }) => name))('%s', (name) => {
    expect(drained).toBe(situations.length * copies * rounds)
    expect(problems.get(name)).toEqual([])
  })

  it('leaves nothing alive', () => expect(leftovers).toEqual([]))

  it('signals nobody else', () => expect(harm).toEqual([]))
})

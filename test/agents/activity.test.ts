import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Activity } from '../../src/model/activity.ts'
import { ok, row } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentKind, agentKinds } from './agent-home.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { orQuick, patience, press, repetitions, untilActivity, untilShown } from './driver.ts'

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

/** What `team ps` said between two moments. */
interface Sample {
  readonly from: number
  readonly to: number
  readonly activity: Activity | null
}

/** What the model server knows to be true from `time` on. */
interface Phase {
  readonly time: number
  readonly activity: Activity
}

const everyMs = 100

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** ms around a change that are nobody's. */
const margin = 500

const turns = [
  { prompt: 'SLOW 2', tool: 'busy' },
  { prompt: 'RUN `sleep 2`', tool: 'busy' },
  { prompt: 'TOOL `touch asked`', tool: 'waiting' },
  { prompt: 'HANG 2', tool: 'busy' },
] as const

describe.each(['claude', 'codex'] as const)('activity of %s', (kind) => {
  it('is what the model server knows, at once and again and again', async () => {
    const count = repetitions(20, 4)
    const args = { claude: ['--allowedTools', 'Bash(sleep:*)'], codex: [] }[kind]
    sandbox.teamFile({ lead: { kind, args } })
    await ok(sandbox, ['up'])
    await untilActivity(sandbox, 'lead', 'idle')
    const events = sandbox.start(['events', '-f', '--json'])
    const samples: Sample[] = []
    let over = false
    const sampling = (async () => {
      while (!over) {
        const from = Date.now()
        const { activity } = await row(sandbox, 'web:lead')
        samples.push({ from, to: Date.now(), activity })
        await pause(Math.max(0, everyMs - (Date.now() - from)))
      }
    })()
    const phases: Phase[] = []
    for (let n = 0; n < count; n += 1) {
      const { prompt, tool } = turns[n % turns.length] ?? turns[0]
      phases.push(...(await turn(`${prompt} turn ${n}`, tool)))
    }
    over = true
    await sampling
    events.kill('SIGINT')
    await events.done
    const told = events
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"activity"'))
      .map((line): { time: string; activity: string } => JSON.parse(line))
    // What is over before it could be told was never late.
    const lasting = phases.filter(
      ({ time }, index) => (phases[index + 1]?.time ?? Number.POSITIVE_INFINITY) - time > margin,
    )
    const late = lasting.map((phase) => latenessOf(phase, briefBefore(phase, phases), told))
    const { right, wrong } = judge(samples, phases)
    console.log(
      `${kind}: ${right} of ${right + wrong.length} samples right; changes seen after at most ${Math.max(...late)} ms`,
    )
    expect(right).toBeGreaterThan(count * 5)
    expect(wrong.length / (right + wrong.length), JSON.stringify(wrong)).toBeLessThan(0.01)
    const account = lasting.map(({ time, activity }, index) => [time, activity, late[index]])
    expect(Math.max(...late), JSON.stringify({ account, told })).toBeLessThan(margin)
  }, 600_000)
})

/** One turn; what was true in it, from the server's log. */
async function turn(prompt: string, tool: Activity): Promise<readonly Phase[]> {
  const before = sandbox.model.truth(modelName('lead')).length
  await ok(sandbox, ['send', 'web:lead', prompt])
  const done = () => {
    const truth = sandbox.model.truth(modelName('lead')).slice(before)
    return truth.at(-1)?.doing === 'idle' ? truth : null
  }
  let askedAt: number | null = null
  if (tool === 'waiting') {
    // Codex asks almost a second after it was told to run something: until then it is at work.
    await untilShown(sandbox, 'lead', /Would you like|Do you want to/)
    askedAt = Date.now()
    await pause(margin * 3)
    press(sandbox, 'lead', 'Enter')
  }
  const truth = await waitFor('the end of the turn', done, patience)
  await untilActivity(sandbox, 'lead', 'idle')
  await pause(margin * 3)
  const phases = truth.map(
    ({ time, doing }): Phase => ({ time, activity: doing === 'idle' ? 'idle' : 'busy' }),
  )
  const asked: readonly Phase[] = askedAt === null ? [] : [{ time: askedAt, activity: 'waiting' }]
  return [...phases, ...asked].toSorted((one, other) => one.time - other.time)
}

/** What was true just before, if it was over so soon that it may be told after its end. */
function briefBefore(phase: Phase, phases: readonly Phase[]): Activity | null {
  const before = phases.findLast(({ time }) => time < phase.time)
  return before !== undefined && phase.time - before.time <= margin ? before.activity : null
}

/** ms until an event told it; an activity that lasts on is told once. */
function latenessOf(
  { time, activity }: Phase,
  brief: Activity | null,
  told: readonly { time: string; activity: string }[],
): number {
  const before = told.findLast((event) => Date.parse(event.time) <= time)
  if (before?.activity === activity) return 0
  const after = told.filter((event) => Date.parse(event.time) > time)
  const isLate = after[0]?.activity === brief && brief !== activity
  const [next] = isLate ? after.slice(1) : after
  return next?.activity === activity ? Date.parse(next.time) - time : Number.POSITIVE_INFINITY
}

function judge(
  samples: readonly Sample[],
  phases: readonly Phase[],
): { right: number; wrong: readonly Sample[] } {
  let right = 0
  const wrong: Sample[] = []
  for (const sample of samples) {
    const near = phases.some(({ time }) => time > sample.from - margin && time < sample.to + margin)
    const phase = phases.findLast(({ time }) => time <= sample.from)
    if (near || phase === undefined) continue
    if (phase.activity === sample.activity) right += 1
    else wrong.push(sample)
  }
  return { right, wrong }
}

describe('what keeps an agent from working is shown as what it is', () => {
  const fewRetries = { claude: { CLAUDE_CODE_MAX_RETRIES: '1' }, codex: {}, gemini: {}, opencode: {} }

  it.each(orQuick<AgentKind>('the troubles of opencode', agentKinds, ['claude', 'codex', 'gemini']))(
    '%s: a usage limit, an overload, an expired login',
    async (kind) => {
      sandbox.teamFile({ lead: { kind, restart: 'always', env: fewRetries[kind] } })
      await ok(sandbox, ['up'])
      for (const [word, shown] of [
        ['FAIL 401', /401|log ?in|scripted failure/i],
        ['LIMIT', /limit|quota|429/i],
        ['FAIL 529', /529|overload|scripted failure|retr|INTERNAL/i],
      ] as const) {
        const asked = sandbox.model.requests(modelName('lead')).length
        await ok(sandbox, ['send', 'web:lead', word, '--interrupt'])
        await waitFor('the request', () => sandbox.model.requests(modelName('lead')).length > asked, patience)
        const trouble = await waitFor(
          `${kind} to tell of ${word}`,
          async () => {
            const { activity, activityDetail, state } = await row(sandbox, 'web:lead')
            return activityDetail !== null && { activity, activityDetail, state }
          },
          patience,
        )
        expect(trouble).toMatchObject({ state: 'running', activityDetail: expect.stringMatching(shown) })
        expect(['blocked', 'busy']).toContain(trouble.activity)
        if (kind === 'gemini' && word === 'LIMIT') break // it asks in a dialog what to do now, and prompts are refused
        if (kind === 'opencode') break // it tries again for minutes, and prompts are kept for later
      }
      expect((await row(sandbox, 'web:lead')).restarts).toBe(0)
    },
    300_000,
  )

  it('a lost network', async () => {
    const nowhere = 'http://127.0.0.1:9'
    sandbox.teamFile({
      claude: { kind: 'claude', env: { ANTHROPIC_BASE_URL: nowhere, CLAUDE_CODE_MAX_RETRIES: '1' } },
      codex: { kind: 'codex', args: ['-c', `model_providers.local.base_url="${nowhere}/v1"`] },
    })
    await ok(sandbox, ['up'])
    await ok(sandbox, ['send', 'web', 'hello'])
    for (const id of ['web:claude', 'web:codex']) {
      const detail = await waitFor(
        'the trouble',
        async () => (await row(sandbox, id)).activityDetail,
        patience,
      )
      expect(detail).toMatch(/connect/i)
    }
  }, 120_000)

  it('a question of trust, an API key, a login, an update', async () => {
    mkdirSync(join(sandbox.home, 'nobody'))
    const newer = { latest_version: '99.0.0', last_checked_at: new Date().toISOString() }
    writeFileSync(join(sandbox.home, '.codex/version.json'), JSON.stringify(newer))
    sandbox.teamFile({
      trust: { kind: 'claude', env: { CLAUDE_CODE_SANDBOXED: '' } },
      key: { kind: 'claude', env: { ANTHROPIC_API_KEY: 'sk-none', ANTHROPIC_AUTH_TOKEN: '' } },
      codex: {
        kind: 'codex',
        args: ['-c', 'model_providers.local.name="x"'],
        env: { CODEX_HOME: join(sandbox.home, 'nobody') },
      },
      update: { kind: 'codex', args: ['-c', 'check_for_update_on_startup=true'] },
      gemini: { kind: 'gemini', env: { GEMINI_CLI_HOME: join(sandbox.home, 'nobody'), GEMINI_API_KEY: '' } },
    })
    await ok(sandbox, ['up'])
    for (const [name, detail] of [
      ['trust', /Accessing workspace/],
      ['key', /custom API key/],
      ['codex', /Sign in/],
      ['update', /Update available/],
      ['gemini', /authenticate/],
    ] as const) {
      await untilActivity(sandbox, name, 'blocked')
      expect((await row(sandbox, `web:${name}`)).activityDetail).toMatch(detail)
    }
    const { code, stdout } = await sandbox.team(['send', 'web', 'hello'])
    expect(code).toBe(1)
    expect(stdout.match(/refused: it is blocked/g)).toHaveLength(5)
  }, 600_000)
})

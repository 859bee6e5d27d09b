import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DrainMode } from '../../src/model/drain.ts'
import { ok, outcomesOf, row } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentKind, agentKinds } from './agent-home.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { orQuick, patience, prompt, repetitions, untilActivity, untilShown } from './driver.ts'

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

/** What the model is told of the conversation with the next prompt. */
async function asked(agent: string, text: string) {
  await prompt(sandbox, agent, text)
  return waitFor(
    `${agent} to ask`,
    () => sandbox.model.requests(modelName(agent)).find((request) => request.text.includes(text)),
    patience,
  )
}

const whole = [...Array.from({ length: 20 }, (_, n) => `tick${n} `), 'SLOWREPLY'].join('')

const modes: readonly { kind: AgentKind; mode: DrainMode }[] = [
  { kind: 'claude', mode: 'interrupt' },
  { kind: 'claude', mode: 'finish' },
  { kind: 'codex', mode: 'interrupt' },
  { kind: 'codex', mode: 'finish' },
]

const quickModes = modes.filter(({ kind, mode }) => (kind === 'claude') === (mode === 'interrupt'))

it.each(orQuick('the other mode of each', modes, quickModes))(
  'reload of a busy $kind, mode $mode: the session goes on',
  async ({ kind, mode }) => {
    const together = repetitions(5, 2)
    const rounds = Math.ceil(repetitions(20, 2) / together)
    const numbers = Array.from({ length: together }, (_, n) => n)
    const drain = { timeout: '60s', mode }
    const write = (round: number): void =>
      sandbox.teamFile(
        Object.fromEntries(numbers.map((n) => [`a${n}`, { kind, drain, env: { ROUND: String(round) } }])),
      )
    write(0)
    await ok(sandbox, ['up'])
    await Promise.all(numbers.map((n) => untilActivity(sandbox, `a${n}`, 'idle')))
    for (let round = 1; round <= rounds; round += 1) {
      const said = (n: number) => `remember word-${round}-${n} and SLOW 4`
      await Promise.all(numbers.map((n) => prompt(sandbox, `a${n}`, said(n))))
      await Promise.all(numbers.map((n) => untilShown(sandbox, `a${n}`, 'tick2')))
      write(round)
      for (const { action, drain } of outcomesOf(await ok(sandbox, ['reload', '--json'])))
        expect({ action, outcome: drain?.outcome }).toEqual({ action: 'restart', outcome: 'graceful' })
      await Promise.all(
        numbers.map(async (n) => {
          await untilActivity(sandbox, `a${n}`, 'idle')
          const { users, assistants } = await asked(`a${n}`, `what now ${round}`)
          expect(users.join('\n')).toContain(said(n))
          if (mode === 'finish') expect(assistants.filter((text) => text === whole)).toHaveLength(round)
          await untilActivity(sandbox, `a${n}`, 'idle')
        }),
      )
    }
    console.log(`${kind}, ${mode}: ${rounds * together} reloads, no turn lost`)
  },
  900_000,
)

it.each(
  orQuick<AgentKind>('codex and gemini with a changed prompt', ['claude', 'codex', 'gemini'], ['claude']),
)('%s gets a changed prompt in its old session', async (kind) => {
  sandbox.teamFile({ lead: { kind, prompt: 'the first role' } })
  await ok(sandbox, ['up'])
  await waitFor('the answer', () => sandbox.model.truth(modelName('lead')).length >= 2, patience)
  await untilActivity(sandbox, 'lead', 'idle')
  sandbox.teamFile({ lead: { kind, prompt: 'the second role' } })
  await ok(sandbox, ['reload'])
  const request = await waitFor(
    'the second prompt',
    () => sandbox.model.requests(modelName('lead')).find(({ text }) => text.includes('the second role')),
    patience,
  )
  expect(request.users.join('\n')).toContain('the first role')
})

it('codex takes its session to another directory, and asks nobody', async () => {
  sandbox.teamFile({ lead: { kind: 'codex', prompt: 'said before the move' } })
  await ok(sandbox, ['up'])
  await waitFor('the answer', () => sandbox.model.truth(modelName('lead')).length >= 2, patience)
  await untilActivity(sandbox, 'lead', 'idle')
  const cwd = join(sandbox.dir, 'moved é\'"$')
  mkdirSync(cwd)
  sandbox.teamFile({ lead: { kind: 'codex', cwd: cwd.replace('$', '$$$$'), prompt: 'said before the move' } })
  await ok(sandbox, ['reload'])
  await untilActivity(sandbox, 'lead', 'idle')
  expect((await asked('lead', 'after the move')).users.join('\n')).toContain('said before the move')
  expect((await row(sandbox, 'web:lead')).cwd).toBe(cwd)
})

it.each(orQuick<AgentKind>('opencode and a changed prompt', ['opencode'], []))(
  '%s takes no prompt into an old session, and that is said',
  async (kind) => {
    sandbox.teamFile({ lead: { kind, prompt: 'the first role' } })
    await ok(sandbox, ['up'])
    await waitFor('the answer', () => sandbox.model.truth(modelName('lead')).length >= 2, patience)
    await untilActivity(sandbox, 'lead', 'idle')
    sandbox.teamFile({ lead: { kind, prompt: 'the second role' } })
    const { stderr } = await ok(sandbox, ['reload'])
    expect(stderr).toContain('web:lead: opencode takes no new prompt into its old session')
    await untilActivity(sandbox, 'lead', 'idle')
    expect((await asked('lead', 'and now')).users.join('\n')).toContain('the first role')
  },
)

it.each(orQuick<AgentKind>('a crash of gemini', ['claude', 'codex', 'gemini'], ['claude', 'codex']))(
  '%s is resumed by its wrapper after a crash',
  async (kind) => {
    const restart = { policy: 'on-failure', backoff: { initial: '100ms' } }
    sandbox.teamFile({ lead: { kind, prompt: 'before the crash', restart } })
    await ok(sandbox, ['up'])
    await waitFor('the answer', () => sandbox.model.truth(modelName('lead')).length >= 2, patience)
    await untilActivity(sandbox, 'lead', 'idle')
    if (kind === 'codex') {
      // Its session is learnt at its first end; and its pid is that of a launcher, which leaves it running.
      await ok(sandbox, ['restart'])
      await untilActivity(sandbox, 'lead', 'idle')
      await ok(sandbox, ['send', 'web:lead', 'SLOW 60'])
    }
    const { pid } = await row(sandbox, 'web:lead')
    if (pid === null) throw new Error('it has no pid')
    process.kill(pid, 'SIGKILL')
    const after = await waitFor(
      'the restart',
      async () => {
        const now = await row(sandbox, 'web:lead')
        return now.restarts === 1 && now.pid !== null && now
      },
      patience,
    )
    const words = readFileSync(`/proc/${after.pid}/cmdline`, 'utf8').split('\0')
    expect(words).toContain(kind === 'codex' ? 'resume' : '--resume')
    expect(words).toContain(after.sessionId)
    if (kind === 'gemini') return
    await untilActivity(sandbox, 'lead', 'idle')
    expect((await asked('lead', 'after the crash')).users.join('\n')).toContain('before the crash')
  },
)

it.each(orQuick<AgentKind>('two codex, gemini or opencode in one directory', agentKinds, ['claude']))(
  'two %s in one directory keep their sessions apart',
  async (kind) => {
    const names = ['one', 'two']
    sandbox.teamFile(Object.fromEntries(names.map((name) => [name, { kind, prompt: `I am agent-${name}` }])))
    await ok(sandbox, ['up'])
    const ready = async (name: string) => {
      await waitFor('the answer', () => sandbox.model.truth(modelName(name)).length >= 2, patience)
      await untilActivity(sandbox, name, 'idle')
    }
    await Promise.all(names.map(ready))
    for (const round of ['first', 'second'].slice(0, repetitions(2, 1))) {
      await ok(sandbox, ['restart'])
      for (const name of names) {
        await untilActivity(sandbox, name, 'idle')
        const { users } = await asked(name, `who am I, ${round}`)
        expect(users.filter((text) => /agent-\w+/.test(text))).toEqual([
          expect.stringContaining(`I am agent-${name}`),
        ])
        await untilActivity(sandbox, name, 'idle')
      }
    }
    // Said once, by the file: a new session would have been told again.
    for (const name of names)
      expect(
        sandbox.model.requests(modelName(name)).filter(({ text }) => text.includes('I am')),
      ).toHaveLength(1)
    await ok(sandbox, ['down'])
    const ids = await Promise.all(names.map(async (name) => (await row(sandbox, `web:${name}`)).sessionId))
    expect(new Set(ids).size).toBe(2)
  },
  600_000,
)

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionLaunch } from '../../../src/model/session.ts'
import { sessionWord } from '../../../src/model/session.ts'
import { renderAgainFile } from '../../../src/render/again-file.ts'
import {
  createSandbox,
  readText,
  restartPolicy,
  type Sandbox,
  type Shell,
  shells,
  startWrapper,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

/** Each run writes down its arguments, the session last, and ends as `ends` says. */
function agent(ends: string, ...words: readonly string[]): readonly string[] {
  return ['sh', '-c', `printf '%s\\n' "$*" >>runs; ${ends}`, 'sh', ...words]
}

function session(ends: string, own: Partial<SessionLaunch> = {}): SessionLaunch {
  return {
    runtime: 'codex',
    resume: true,
    pinned: false,
    fresh: agent(ends, 'new', sessionWord),
    resumed: agent(ends, 'resume', "it's", sessionWord),
    prompted: [],
    home: sandbox.dir,
    transcript: `${sandbox.dir}/a b/*/${sessionWord}.jsonl`,
    farewell: { before: 'cli resume ', idStart: 'id-' },
    prompt: null,
    ...own,
  }
}

/** What an earlier life of the same start has left: an init starts the wrapper once more. */
function livedBefore(last = 'start 1 4242'): void {
  file(join(sandbox.agentDir, 'run.log'), `${last}\n`)
}

interface Start {
  readonly session: SessionLaunch
  readonly id: string | null
  readonly resumed: boolean
  readonly ends: string
}

async function runs(shell: Shell, { session, id, resumed, ends }: Start): Promise<readonly string[]> {
  const fresh = agent(ends, 'fresh')
  file(join(sandbox.agentDir, 'again'), renderAgainFile({ session, id, resumed, fresh }))
  const argv = agent(ends, 'first')
  await startWrapper(shell, sandbox, { argv, restart: restartPolicy('on-failure', 1) }).exited
  return readText(join(sandbox.dir, 'runs')).trimEnd().split('\n')
}

function file(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

describe.each(shells)('the next run under $name', (shell) => {
  const ends = 'kill -9 $$'

  it('resumes the session that it was started with, once it can be', async () => {
    file(`${sandbox.dir}/a b/c/id-1.jsonl`, '')
    const pinned = session(ends, { pinned: true })
    expect(await runs(shell, { session: pinned, id: 'id-1', resumed: false, ends })).toEqual([
      'first',
      "resume it's id-1",
    ])
  })

  it('is the same as the first where no session came to be', async () => {
    expect(await runs(shell, { session: session(ends), id: null, resumed: false, ends })).toEqual([
      'first',
      'first',
    ])
  })

  it('resumes the session that the agent has said farewell to', async () => {
    file(`${sandbox.dir}/a b/c/id-2.jsonl`, '')
    file(
      join(sandbox.agentDir, 'output.log'),
      'cli resume id-1\nbye: \x1b[36mcli resume id-2\x1b[39m\r\n\xff cli resume undefined\n',
    )
    expect(await runs(shell, { session: session(ends), id: 'id-1', resumed: false, ends })).toEqual([
      'first',
      "resume it's id-2",
    ])
  })

  it('is a new session with resume: false', async () => {
    file(`${sandbox.dir}/a b/c/id-1.jsonl`, '')
    const never = session(ends, { pinned: true, resume: false })
    expect(await runs(shell, { session: never, id: 'id-1', resumed: false, ends })).toEqual([
      'first',
      'fresh',
    ])
  })

  it('is a new session, at once, when the old one was refused', async () => {
    const refusal = 'exit 1'
    const started = { session: session(refusal), id: 'id-1', resumed: true, ends: refusal }
    // One for the refusal, and one restart that the policy allows.
    expect(await runs(shell, started)).toEqual(['first', 'fresh', 'fresh'])
  })
})

describe.each(shells)('the first run of a wrapper started once more, under $name', (shell) => {
  const ends = 'exit 0'

  it('resumes the session', async () => {
    livedBefore()
    file(`${sandbox.dir}/a b/c/id-1.jsonl`, '')
    const pinned = session(ends, { pinned: true })
    expect(await runs(shell, { session: pinned, id: 'id-1', resumed: false, ends })).toEqual([
      "resume it's id-1",
    ])
  })

  it('resumes the session that the agent has said farewell to', async () => {
    livedBefore('exit 3 0 -')
    file(`${sandbox.dir}/a b/c/id-2.jsonl`, '')
    file(join(sandbox.agentDir, 'output.log'), 'cli resume id-2\n')
    expect(await runs(shell, { session: session(ends), id: 'id-1', resumed: true, ends })).toEqual([
      "resume it's id-2",
    ])
  })

  it('is what it was where no session came to be', async () => {
    livedBefore()
    const pinned = session(ends, { pinned: true })
    expect(await runs(shell, { session: pinned, id: 'id-1', resumed: false, ends })).toEqual(['first'])
  })

  it('is followed by a new session, at once, when the old one is refused', async () => {
    livedBefore()
    file(`${sandbox.dir}/a b/c/id-1.jsonl`, '')
    const refused = session('exit 1', { pinned: true })
    const started = { session: refused, id: 'id-1', resumed: false, ends: 'exit 0' }
    expect(await runs(shell, started)).toEqual(["resume it's id-1", 'fresh'])
  })
})

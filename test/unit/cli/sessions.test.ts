import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chooseStart } from '../../../src/cli/sessions.ts'
import type { AgentSpec } from '../../../src/model/agent.ts'
import type { Launch } from '../../../src/model/launch.ts'
import type { RuntimeKind } from '../../../src/model/runtime.ts'
import { fingerprintOf } from '../../../src/render/fingerprint.ts'
import { fingerprintInput, renderLaunch, withFingerprint } from '../../../src/render/launch.ts'
import { agentSpec, composeOf, shell } from '../../support/launches.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'team-sessions-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function launch(kind: RuntimeKind, own: Partial<AgentSpec> = {}): Launch {
  const base = agentSpec({ command: ['true'], cwd: '/srv/a.b' })
  const spec: AgentSpec = { ...base, kind, runtime: kind, command: null, ...own }
  const compose = composeOf(home, [spec])
  const context = { compose, stateDir: home, shell, env: {}, inherited: { HOME: home }, self: ['team'] }
  return withFingerprint(
    renderLaunch(spec, context),
    fingerprintOf(fingerprintInput(spec, { compose, env: {} })),
  )
}

function transcript(path: string): void {
  mkdirSync(join(home, path, '..'), { recursive: true })
  writeFileSync(join(home, path), '')
}

const prompt = { text: 'do it', file: null }

describe('the first start', () => {
  it('gives claude an id of its own, and remembers it', () => {
    const { argv, entry } = chooseStart(launch('claude', { prompt }), null)
    expect(argv).toEqual(['claude', '--session-id', entry?.id, '--', 'do it'])
  })

  it('leaves the id of codex to be learnt', () => {
    const { argv, entry } = chooseStart(launch('codex', { prompt }), null)
    expect(argv.slice(-2)).toEqual(['--', 'do it'])
    expect(entry).toMatchObject({ runtime: 'codex', id: null })
  })

  it('is not meddled with when the arguments choose a session', () => {
    const chosen = chooseStart(launch('claude', { args: ['--resume=abc'] }), null)
    expect(chosen).toMatchObject({ argv: ['claude', '--resume=abc'], again: null, entry: { id: null } })
  })
})

describe('a later start', () => {
  const begun = (wanted: Launch) => chooseStart(wanted, null).entry

  it('takes the session up again, without its prompt', () => {
    const wanted = launch('claude', { prompt })
    const entry = begun(wanted)
    transcript(`.claude/projects/-srv-a-b/${entry?.id}.jsonl`)
    expect(chooseStart(wanted, entry)).toMatchObject({
      argv: ['claude', '--resume', entry?.id],
      warning: null,
    })
  })

  it('says a new prompt to the old session', () => {
    const entry = begun(launch('claude', { prompt }))
    transcript(`.claude/projects/-srv-a-b/${entry?.id}.jsonl`)
    const changed = launch('claude', { prompt: { text: 'do that', file: null } })
    expect(chooseStart(changed, entry).argv).toEqual(['claude', '--resume', entry?.id, '--', 'do that'])
  })

  it('begins a new session where there was no conversation yet, without a word', () => {
    const wanted = launch('claude')
    const entry = begun(wanted)
    const again = chooseStart(wanted, entry)
    expect(again.argv).toEqual(['claude', '--session-id', again.entry?.id])
    expect(again.warning).toBeNull()
  })

  it('begins a new one with a warning when the conversation is gone', () => {
    const wanted = launch('claude')
    const entry = begun(wanted)
    const again = chooseStart(wanted, entry === null ? null : { ...entry, seen: true })
    expect(again.entry?.id).not.toBe(entry?.id)
    expect(again.warning).toContain(entry?.id)
  })

  it('begins a new one with resume: false, and with another runtime', () => {
    const entry = begun(launch('claude'))
    transcript(`.claude/projects/-srv-a-b/${entry?.id}.jsonl`)
    expect(chooseStart(launch('claude', { resume: false }), entry).argv).toContain('--session-id')
    expect(chooseStart(launch('gemini'), entry).argv).toContain('--session-id')
  })

  it('learns from what codex said when it ended', () => {
    const wanted = launch('codex', { prompt })
    const id = '01a1fc44-07f0-73b2-8464-a880485d95ea'
    transcript(`.codex/sessions/2026/11/21/rollout-2026-11-21T03-45-47-${id}.jsonl`)
    mkdirSync(wanted.agentDir, { recursive: true })
    writeFileSync(join(wanted.agentDir, 'output.log'), `bye\r\n \x1b[36mcodex resume ${id}\x1b[39m\r\n`)
    const { argv } = chooseStart(wanted, begun(wanted))
    expect(argv.slice(0, 2)).toEqual(['codex', 'resume'])
    expect(argv.slice(-2)).toEqual(['--', id])
  })
})

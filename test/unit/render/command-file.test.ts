import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Launch } from '../../../src/model/launch.ts'
import { defaultBackoff } from '../../../src/model/restart.ts'
import { renderCommandFile } from '../../../src/render/command-file.ts'

const launch: Launch = {
  id: 'web:lead',
  project: 'web',
  agent: 'lead',
  role: null,
  team: 'acme',
  composeFile: '/w/team.yaml',
  stateDir: '/w/.team',
  agentDir: "/it's/.team/agents/web/lead",
  marker: 'm',
  cwd: '/w/my "dir"\n',
  argv: ['node', "it's", ''],
  wrapper: [],
  logger: '',
  env: {},
  restart: { policy: 'on-failure', max: 10, backoff: defaultBackoff },
  runtime: 'command',
  session: null,
  drain: { timeoutMs: 1, mode: 'interrupt', steps: [] },
  supervisor: { type: 'tmux', tmux: { config: null, historyLimit: 1 } },
  fingerprint: { command: '', env: '', files: '', supervisor: '' },
}

/** What a shell that reads the file then holds in a variable. */
function variable(text: string, name: string): string {
  const script = `${text}printf '%s' "$${name}"`
  return spawnSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' }).stdout
}

const render = (restart: Partial<Launch['restart']>, overrides: Partial<Launch> = {}) =>
  renderCommandFile(
    { ...launch, ...overrides, restart: { ...launch.restart, ...restart } },
    '/w/.team/events.jsonl',
  )

describe('renderCommandFile', () => {
  it('defines what the wrapper needs', () => {
    expect(renderCommandFile(launch, '/w/.team/events.jsonl')).toBe(`team_id='web:lead'
team_cwd='/w/my "dir"
'
team_events='/w/.team/events.jsonl'
team_policy='on-failure'
team_max='10'
team_backoff_initial='1000'
team_backoff_factor='2.000'
team_backoff_max='60000'
team_reset_after='600000'
team_failure=''\\''/it'\\''\\'\\'''\\''s/.team/agents/web/lead/failure'\\'''
team_bad_cwd='/w/my \\"dir\\"\\n: no such directory, or no permission to enter it'
team_bad_env='/it'\\''s/.team/agents/web/lead/env: cannot be read'
team_bad_command='node: not found, or not executable'
set -- 'node' 'it'\\''s' ''
`)
  })

  it('says that there is no maximum with an empty one', () => {
    expect(variable(render({ max: null }), 'team_max')).toBe('')
  })

  it('keeps factors and pauses in what a shell can count with', () => {
    const backoff = { initialMs: 90_000, factor: 1.5, maxMs: 60_000, resetAfterMs: 1_000_000_000 }
    const text = render({ backoff })
    expect(variable(text, 'team_backoff_factor')).toBe('1.500')
    expect(variable(text, 'team_backoff_initial')).toBe('60000')
    expect(variable(text, 'team_reset_after')).toBe('1000000000')
  })

  it('keeps what goes into an event short, one line and valid inside a JSON string', () => {
    const text = render({}, { argv: [`${'x'.repeat(5_000)}`], cwd: `/${'"\n\\'.repeat(2_000)}` })
    for (const name of ['team_bad_cwd', 'team_bad_command', 'team_bad_env']) {
      const body = variable(text, name)
      expect(body.length).toBeLessThan(1_000)
      expect(() => JSON.parse(`"${body}"`)).not.toThrow()
    }
  })
})

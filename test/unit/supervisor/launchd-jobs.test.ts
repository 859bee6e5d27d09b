import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TeamError } from '../../../src/errors.ts'
import { defaultBackoff } from '../../../src/model/restart.ts'
import { jobFormat } from '../../../src/supervisor/launchd/job-file.ts'
import { observationOf, parseDomain, parsePrint } from '../../../src/supervisor/launchd/observe.ts'
import { plistText } from '../../../src/supervisor/launchd/plist.ts'
import { writtenLaunches } from '../../support/launches.ts'
import { hasProgram } from '../../support/programs.ts'
import { createSandbox } from '../../support/sandbox.ts'

const fixture = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const template = readFileSync(fixture('../templates/agent.plist'), 'utf8')

function someLaunch(policy: 'no' | 'always') {
  const sandbox = createSandbox()
  try {
    const agents = [{ command: ['true'], timeoutMs: 1_500, restart: { policy } }]
    const [launch] = writtenLaunches(sandbox.dir, sandbox.env, agents)
    if (launch === undefined) throw new Error('nothing rendered')
    return launch
  } finally {
    sandbox.dispose()
  }
}

const launch = someLaunch('no')
const restarted = someLaunch('always')
const shared = { shell: '/bin/sh', runner: '/r.sh', env: {}, socket: { name: 'unit-1', directory: '/s' } }
const render = (change: Partial<typeof launch>, env: Record<string, string> = {}) =>
  jobFormat.render(template, { ...shared, env, name: 'team.acme.web.lead', launch: { ...launch, ...change } })

const canRead = hasProgram('python3', 'what launchd reads of a job file is')
const canCheck = hasProgram('xmllint', 'the document type of a job file is')

/** Python's own reader of property lists: values as launchd would have them, from the texts of many. */
function readPlists(texts: readonly string[]): readonly Record<string, unknown>[] {
  const script =
    'import json, plistlib, sys; print(json.dumps([plistlib.loads(t.encode()) for t in json.load(sys.stdin)]))'
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`python3 does not take it: ${stderr}`)
  return JSON.parse(stdout)
}

/** What xmllint has against these texts by the document type of property lists. */
function againstDtd(texts: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'plist-'))
  try {
    const paths = texts.map((text, index) => {
      const path = join(directory, `${index}.plist`)
      writeFileSync(path, text)
      return path
    })
    // By its bare name: it takes a path for an address, which has no blanks.
    const args = ['--noout', '--nonet', '--dtdvalid', 'plist.dtd', ...paths]
    const { error, status, stderr } = spawnSync('xmllint', args, {
      cwd: fixture('fixtures'),
      encoding: 'utf8',
    })
    if (error !== undefined) throw error
    return status === 0 ? '' : stderr || `exit code ${status}`
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const isHoldable = (value: string): boolean => {
  try {
    return plistText(value) !== ''
  } catch {
    return false
  }
}
const pieces = [
  '<',
  '&',
  '&amp;',
  ']]>',
  '<!--',
  '"',
  '\r',
  '\r\n',
  '\n',
  '\t',
  ' ',
  '  ',
  '$1',
  '$&',
  '{{LABEL}}',
  '😀',
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme' })), { maxLength: 8 })
  .map((all) => all.join(''))
  .filter((joined) => joined === '' || isHoldable(joined))

describe('a job file', () => {
  const samples = fc.sample(fc.tuple(text, text, text), 200)
  const texts = samples.map(([dir, file, value]) =>
    render({ agentDir: `/${dir}`, composeFile: `/${file}` }, { PATH: value, TERM: 'x' }),
  )

  it.runIf(canRead)('gives launchd every word as it is', () => {
    const plists = readPlists(texts)
    for (const [index, [dir, , value]] of samples.entries()) {
      expect(plists[index]?.ProgramArguments).toMatchObject({ 4: '/r.sh', 5: `/${dir}`, 6: 'zero' })
      expect(plists[index]?.EnvironmentVariables).toEqual({
        PATH: value,
        TERM: 'x',
        TEAM_HELD: expect.any(String),
      })
    }
  })

  it.runIf(canCheck)('is of the document type of property lists', () => {
    expect(againstDtd([...texts, render({}), render(restarted)])).toBe('')
    // The check itself can fail.
    expect(againstDtd([render({}).replace('<true/>', '<yes/>')])).toMatch(/yes/)
    expect(againstDtd([render({}).replace('<key>RunAtLoad</key>', '')])).toMatch(/does not follow the DTD/)
  })

  it('says what the job was started with, whatever the paths hold', () => {
    for (const [index, [dir, file]] of samples.entries()) {
      expect(jobFormat.parse(texts[index] ?? '', 'acme')).toMatchObject({
        readable: true,
        socket: shared.socket,
        labels: { id: 'web:lead', agentDir: `/${dir}`, composeFile: `/${file}`, drain: launch.drain },
      })
    }
  })

  it.runIf(canRead)('leaves restarts to the wrapper, but for what was killed, and the drain its time', () => {
    const [plain, kept] = readPlists([render({}), render(restarted)])
    expect(plain).toMatchObject({
      Label: 'team.acme.web.lead',
      RunAtLoad: true,
      KeepAlive: false,
      ExitTimeOut: 8,
    })
    expect(kept).toMatchObject({
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 1,
      ProcessType: 'Interactive',
    })
    const backoff = { ...defaultBackoff, initialMs: 2_500 }
    const others = readPlists([
      render({ restart: { policy: 'always', max: 0, backoff } }),
      render({ restart: { policy: 'always', max: null, backoff } }),
    ])
    expect(others).toMatchObject([{ KeepAlive: false }, { ThrottleInterval: 3 }])
  })

  it('refuses by name what it cannot hold', () => {
    for (const bad of ['\u0001', '\u001b', '\ufffe', '\ud800', '\0']) {
      expect(() => render({ agentDir: `/a${bad}b` })).toThrow(TeamError)
      expect(() => render({}, { PATH: bad })).toThrow(/cannot hold .*U\+/)
    }
  })

  it('of another team, or of nobody, is not ours', () => {
    expect(jobFormat.parse(render({}), 'acm')).toBeNull()
    expect(jobFormat.parse('<plist version="1.0"><dict/></plist>', 'acme')).toBeNull()
  })
})

describe('what launchd says', () => {
  const parsed = jobFormat.parse(render({}), 'acme')
  const seen = (said: string | null, wrapper: number | null, readable = true) => {
    if (parsed === null) throw new Error('not parsed')
    const state = said === null ? ({ kind: 'unloaded' } as const) : parsePrint(said)
    return observationOf('team.acme.web.lead', { ...parsed, readable }, state, wrapper)
  }

  it.each([
    ['gui/501/x = {\n\tstate = running\n\tpid = 42\n}', 'running'],
    ['gui/501/x = {\n\tpid = 42\n}', 'running'],
    ['gui/501/x = {\n\tstate = spawn scheduled\n}', 'running'],
    ['gui/501/x = {\n\tstate = not running\n\tlast exit code = 78: EX_CONFIG\n}', 'exited'],
    ['gui/501/x = {\n\tstate = waiting\n}', 'exited'],
    ['gui/501/x = {\n\tstate = something new\n}', 'unknown'],
    ['', 'unknown'],
    [null, 'exited'],
  ])('%j is %s', (said, liveness) => {
    expect(seen(said, null).liveness).toBe(liveness)
  })

  it('counts less than the wrapper: launchd does not end what it has lost sight of', () => {
    expect(seen(null, 7)).toMatchObject({ liveness: 'running', unit: { pid: 7, supervisor: 'launchd' } })
    expect(seen('\tstate = not running', 7)).toMatchObject({ liveness: 'running', unit: { pid: 7 } })
    expect(seen(null, 7, false)).toMatchObject({ liveness: 'unknown', unit: { pid: null } })
  })

  it('is not taken from what an argument says', () => {
    const said = 'x = {\n\tstate = not running\n\targuments = {\n\t\tstate = running\n\t\tpid = 1\n\t}\n}'
    expect(seen(said, null).liveness).toBe('exited')
  })

  it('of a domain lists its jobs, and says which of ours are loaded', () => {
    const said = [
      'gui/501 = {',
      '\tservices = {',
      '\t\t       0      - \tcom.apple.team.acme.web.no',
      '\t\t   52372      - \tteam.acme.web.lead',
      '\t\t       0     78 \tteam.acme-2.web.lead',
      '\t}',
      '\tdisabled services = {',
      '\t\t"team.acme.web.off" => disabled',
      '\t}',
      '}',
    ]
    expect(parseDomain(said.join('\n'), 'team.acme.')).toEqual(['team.acme.web.lead'])
  })

  it('of a job says what it was started as, and from where', () => {
    const said = 'x = {\n\tpath = /a b/c.plist\n\tenvironment = {\n\t\tTEAM_HELD => 1|acme|x\n\t}\n}'
    expect(parsePrint(said)).toMatchObject({ held: '1|acme|x', path: '/a b/c.plist', agentDir: null })
    const old =
      'x = {\n\targuments = {\n\t\t/bin/sh\n\t\t/s t/agent-runner.sh\n\t\t/s t/agents/a/b\n\t\tzero\n\t}\n}'
    expect(parsePrint(old)).toMatchObject({ held: null, agentDir: '/s t/agents/a/b' })
  })
})

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

/** Reads lines in cooked mode, and writes each down as it came. */
const reader = (file: string) => [
  'sh',
  '-c',
  `while IFS= read -r l; do printf '%s\\n' "$l" >>${file}; echo "got $l"; done`,
]

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = createSandbox()
  writeTeam(sandbox, {
    'web:one': { command: reader('one.txt'), role: 'reader' },
    'web:two': { command: reader('two.txt'), role: 'reader' },
    'web:shell': { command: ['sh'] },
    'web:deaf': { command: ['sh', '-c', 'stty -echo; exec sleep 900'] },
    'web:short': { command: ['sh', '-c', 'exit 3'] },
  })
  await sandbox.team(['up'])
})
afterAll(() => sandbox.dispose())

const received = (file: string): string => (existsSync(join(sandbox.dir, file)) ? sandbox.read(file) : '')

describe('send to programs that do not say what they do', () => {
  const hard = `it's "so"; $HOME \`id\` #{pane_id} \\ 😀`

  it('types the text as it is and submits it, to each that is named', async () => {
    const { stdout, stderr } = await ok(sandbox, ['send', 'role=reader', hard])
    expect(stdout).toBe('web:one   accepted\nweb:two   accepted\n')
    expect(stderr.trim().split('\n').toSorted()).toEqual([
      ...['web:one done: accepted', 'web:one sending', 'web:two done: accepted', 'web:two sending'],
    ])
    for (const file of ['one.txt', 'two.txt']) await waitFor('the line', () => received(file) === `${hard}\n`)
  })

  it('takes the text from a file or from standard input', async () => {
    sandbox.write('prompt.md', 'of a file\n\n')
    await ok(sandbox, ['send', 'one', '--file', 'prompt.md'])
    await ok(sandbox, ['send', 'one', '-'], { input: 'of a pipe\n' })
    await waitFor('the lines', () => received('one.txt') === `${hard}\nof a file\nof a pipe\n`)
  })

  it('is serial: many at once arrive one after the other', async () => {
    const texts = Array.from({ length: 6 }, (_, n) => `at once ${n} ${'x'.repeat(200)}`)
    const before = received('two.txt')
    await Promise.all(texts.map((text) => ok(sandbox, ['send', 'two', text])))
    await waitFor('the lines', () => received('two.txt').split('\n').length === before.split('\n').length + 6)
    const added = received('two.txt').slice(before.length).trimEnd().split('\n')
    expect(added.toSorted()).toEqual(texts)
  })

  it('is refused by a shell, and by one that has ended; one that is deaf has not taken it', async () => {
    const { code, stdout } = await sandbox.team(['send', '--json', 'shell', 'short', 'deaf', 'touch harm'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual([
      {
        id: 'web:shell',
        delivery: 'refused',
        reason: 'it is a shell (sh), which would run the text as commands',
        answer: null,
      },
      { id: 'web:short', delivery: 'refused', reason: 'it is not running (failed)', answer: null },
      { id: 'web:deaf', delivery: 'unsubmitted', reason: 'it shows no reaction', answer: null },
    ])
    expect(existsSync(join(sandbox.dir, 'harm'))).toBe(false)
  })

  it.each([
    [['one'], 'nobody to send it to'],
    [['one', '  '], 'the prompt is empty'],
    [['one', '--file', 'missing.md'], 'cannot read missing.md: ENOENT'],
    [['one', 'a\u001b[201~b'], 'a control character (U+001b) at position 1'],
    [['one', 'x', '--queue', '--interrupt'], '--queue and --interrupt exclude each other'],
    [['one', 'x', '--wait'], 'web:one is a command, whose answer cannot be waited for'],
    [['nobody', 'x'], '"nobody"'],
  ])('%j is a mistake: %s', async (args, message) => {
    expectError(await sandbox.team(['send', ...args]), 2, message)
  })
})

describe('wait', () => {
  it('for an exit ends with it, says what is, and gives up in time', async () => {
    expect((await ok(sandbox, ['wait', 'short', '--for', 'exited'])).stdout).toBe('web:short   failed\n')
    const late = await sandbox.team(['wait', 'one', 'short', '--for', 'exited', '--timeout', '200ms'])
    expect(late).toMatchObject({ code: 4, stdout: 'web:one     running (not yet)\nweb:short   failed\n' })
    await ok(sandbox, ['wait', 'one', 'short', '--for', 'exited', '--any'])
    const waiting = sandbox.start(['wait', 'two', '--for', 'exited', '--json'])
    await waitFor('the wait', () => waiting.stderr().includes('web:two waiting'))
    await ok(sandbox, ['down', 'two', '--now'])
    const { code, stdout } = await waiting.done
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 'web:two', result: 'reached', state: 'stopped', activity: null },
    ])
  })

  it('for what a command never says is a mistake', async () => {
    expectError(
      await sandbox.team(['wait', 'one']),
      2,
      'web:one is a command, which does not say what it does',
    )
    expectError(await sandbox.team(['wait', 'one', '--for', 'lunch']), 2, '--for')
  })

  it('that is interrupted ends at once', async () => {
    const waiting = sandbox.start(['wait', 'one', '--for', 'exited'])
    await waitFor('the wait', () => waiting.stderr().includes('web:one waiting'))
    waiting.kill('SIGINT')
    expect((await waiting.done).code).toBe(130)
  })
})

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseMarks } from '../../../src/io/log-files.ts'
import { fileRecords, lastRunEvent, parseRunLine } from '../../../src/io/records.ts'
import { waitFor } from '../../support/wait-for.ts'

describe('parseRunLine', () => {
  it.each([
    ['start 3 77', { kind: 'start', run: 3, pid: 77 }],
    ['exit 1 0 -', { kind: 'exit', run: 1, code: 0, signal: null }],
    ['exit 1 - SIGKILL', { kind: 'exit', run: 1, code: null, signal: 'SIGKILL' }],
    ['backoff 2 1500', { kind: 'backoff', run: 2, delayMs: 1500 }],
    ['gave-up 11', { kind: 'gave-up', run: 11 }],
    ['error 1 cwd', { kind: 'error', run: 1, reason: 'cwd' }],
  ])('reads %j', (line, event) => {
    expect(parseRunLine(line)).toEqual(event)
  })

  it.each([
    '',
    'start',
    'start x 7',
    'start 0 7',
    'start 1 1',
    'start 1 -5',
    'exit 1 x -',
    'error 1 moon',
    'what 1',
  ])('gives nothing for %j', (line) => {
    expect(parseRunLine(line)).toBeNull()
  })
})

describe('lastRunEvent', () => {
  it('takes the last complete line, and skips what is none of ours', () => {
    expect(lastRunEvent('start 1 77\nexit 1 3 -\n')).toMatchObject({ kind: 'exit', code: 3 })
    expect(lastRunEvent('start 1 77\nexit 1 3')).toMatchObject({ kind: 'start' })
    expect(lastRunEvent('start 1 77\ngarbage\n')).toMatchObject({ kind: 'start' })
    expect(lastRunEvent('start 1 7')).toBeNull()
    expect(lastRunEvent('')).toBeNull()
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void lastRunEvent(text)))
  })
})

describe('parseMarks', () => {
  it('reads seconds and offsets, and skips everything else', () => {
    expect(parseMarks('10 5\nx\n20 9\n30')).toEqual([
      { at: 10_000, offset: 5 },
      { at: 20_000, offset: 9 },
    ])
  })
})

describe('fileRecords', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'team-records-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('reads the exit with its times, and never an older one for a run that goes on', () => {
    writeFileSync(
      join(dir, 'exit.json'),
      '{"code":1,"signal":null,"startedAt":"a","exitedAt":"b","pid":7,"run":1}',
    )
    writeFileSync(join(dir, 'run.log'), 'start 2 77\n')
    expect(fileRecords.read(dir)).toMatchObject({ last: { kind: 'start' }, restarts: 1, exit: null })
    writeFileSync(join(dir, 'run.log'), 'start 1 77\nexit 1 1 -\n')
    expect(fileRecords.read(dir)).toMatchObject({ exit: { code: 1, run: 1 }, restarts: 0 })
  })

  it.each(['', '{', 'null', '[]', '{"run":"x"}', '\0\0'])('survives %j as a record', (text) => {
    writeFileSync(join(dir, 'exit.json'), text)
    writeFileSync(join(dir, 'run.log'), text)
    writeFileSync(join(dir, 'desired'), text)
    expect(fileRecords.read(dir).last).toBeNull()
    expect(fileRecords.desired(dir)).toBeNull()
  })

  it('knows how the last run ended before exit.json does, which may be of an earlier start', () => {
    writeFileSync(join(dir, 'run.log'), 'exit 1 126 -\nerror 1 env\n')
    expect(fileRecords.read(dir).exit).toMatchObject({ code: 126, signal: null, run: 1 })
    const old = { code: 0, signal: null, startedAt: null, exitedAt: null, pid: 5, run: 1 }
    writeFileSync(join(dir, 'exit.json'), JSON.stringify(old))
    expect(fileRecords.read(dir).exit).toMatchObject({ code: 126, pid: null, run: 1 })
    writeFileSync(join(dir, 'exit.json'), JSON.stringify({ ...old, code: 126, pid: 6 }))
    expect(fileRecords.read(dir).exit).toMatchObject({ code: 126, pid: 6 })
  })

  it('survives directories in the place of files', () => {
    for (const name of ['exit.json', 'run.log', 'desired']) mkdirSync(join(dir, name))
    expect(fileRecords.read(dir).last).toBeNull()
    expect(fileRecords.desired(dir)).toBeNull()
  })

  it('keeps what is desired, and clears what was recorded', () => {
    fileRecords.setDesired([dir], 'down')
    expect(fileRecords.desired(dir)).toBe('down')
    writeFileSync(join(dir, 'run.log'), 'start 1 77\n')
    fileRecords.clear(dir)
    fileRecords.clear(dir)
    expect(fileRecords.read(dir).last).toBeNull()
  })

  it('takes what an init has asked for as down', () => {
    writeFileSync(join(dir, 'desired'), 'stop\n')
    expect(fileRecords.desired(dir)).toBe('down')
  })

  it('changes what is desired in place, so that no reader ever sees a part of it', () => {
    fileRecords.setDesired([dir], 'up')
    const file = join(dir, 'desired')
    const before = statSync(file)
    fileRecords.setDesired([dir], 'down')
    expect(statSync(file)).toMatchObject({ ino: before.ino, size: before.size, mode: before.mode })
    expect(readFileSync(file, 'utf8')).toMatch(/^down [-\d ]+\n$/)
    expect(fileRecords.desired(dir)).toBe('down')
    fileRecords.setDesired([dir], 'up')
    expect(readFileSync(file, 'utf8')).toMatch(/^up +\n$/)
    expect(fileRecords.desired(dir)).toBe('up')
  })

  it.each([
    ['no log', null, null],
    ['an empty log', '', ''],
    ['a log that ends in a line', 'a\r\n', 'a\r\n'],
    ['a log that ends in half a line', 'a\r\nb', 'a\r\nb\n'],
  ])('begins the next run on a line of its own after %s', (_, before, after) => {
    const file = join(dir, 'output.log')
    if (before !== null) writeFileSync(file, before)
    fileRecords.endLine(dir)
    expect(existsSync(file) ? readFileSync(file, 'utf8') : null).toBe(after)
  })

  it.each([
    ['of another length', (file: string) => writeFileSync(file, 'up\n')],
    ['a link to elsewhere', (file: string) => symlinkSync('/dev/null', file)],
    ['missing', () => undefined],
  ])('makes what is desired anew when it is %s', (_, damage) => {
    const file = join(dir, 'desired')
    damage(file)
    fileRecords.setDesired([dir], 'down')
    expect(lstatSync(file).isFile()).toBe(true)
    expect(fileRecords.desired(dir)).toBe('down')
  })

  it('calls back on a change, and not after it was stopped', async () => {
    let calls = 0
    const stop = fileRecords.watch([dir, join(dir, 'missing')], () => {
      calls += 1
    })
    writeFileSync(join(dir, 'run.log'), 'x')
    await waitFor('the call', () => calls > 0)
    stop()
  })
})

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LogFollower, readAndFollowLog, readLog } from '../../../src/io/log-files.ts'

let dir: string
let follower: LogFollower

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'team-log-'))
  follower = readAndFollowLog(dir).follower
})
afterEach(() => {
  follower.close()
  rmSync(dir, { recursive: true })
})

const current = () => join(dir, 'output.log')
const print = (text: string) => appendFileSync(current(), text)
const read = () => follower.read().toString()

/** As the log writer does it; the next file is made when more comes. */
function rotate(): void {
  if (existsSync(`${current()}.1`)) renameSync(`${current()}.1`, `${current()}.2`)
  renameSync(current(), `${current()}.1`)
}

describe('following a log', () => {
  it('begins before there is one, and reads what is appended', () => {
    expect(read()).toBe('')
    print('a')
    expect(read()).toBe('a')
    print('b')
    print('c')
    expect(read()).toBe('bc')
    expect(read()).toBe('')
  })

  it('begins after what was read, however often it was rotated since', () => {
    print('a')
    rotate()
    print('b')
    follower.close()
    const log = readAndFollowLog(dir)
    follower = log.follower
    expect(log.pieces.map(({ bytes }) => bytes.toString())).toEqual(['a', 'b'])
    print('c')
    rotate()
    print('d')
    rotate()
    print('e')
    expect(read()).toBe('cde')
  })

  it('begins after what was read when the next file is not there yet', () => {
    print('a')
    rotate()
    follower.close()
    follower = readAndFollowLog(dir).follower
    expect(read()).toBe('')
    print('b')
    expect(read()).toBe('b')
  })

  it('begins with the oldest that is left when there was none', () => {
    print('a')
    rotate()
    print('b')
    expect(read()).toBe('ab')
  })

  it('goes on where something else than a file comes into its place', () => {
    print('a')
    expect(read()).toBe('a')
    rotate()
    mkdirSync(current())
    expect(read()).toBe('')
    rmdirSync(current())
    print('b')
    expect(read()).toBe('b')
  })

  it('reads the rest of a file that was rotated since the last look', () => {
    print('a')
    expect(read()).toBe('a')
    print('b')
    rotate()
    expect(read()).toBe('b')
    print('c')
    expect(read()).toBe('c')
  })

  it('reads files that came and went between two looks', () => {
    print('a')
    expect(read()).toBe('a')
    print('b')
    rotate()
    print('c')
    rotate()
    print('d')
    expect(read()).toBe('bcd')
    print('e')
    expect(read()).toBe('e')
  })

  it('goes on with the oldest that is left when its file is gone', () => {
    print('a')
    expect(read()).toBe('a')
    for (const text of ['b', 'c', 'd', 'e']) {
      print(text)
      rotate()
    }
    print('f')
    expect(read()).toBe('bdef') // c was rotated away
    expect(read()).toBe('')
  })

  it('reads a file from its start that was emptied in place', () => {
    print('abc')
    expect(read()).toBe('abc')
    writeFileSync(current(), 'd')
    expect(read()).toBe('d')
  })
})

describe('what is no file', () => {
  const messages = () => readLog(dir).unreadable.map(({ message }) => message)

  it('is told in place of a log, and the others are read', () => {
    print('a')
    rotate()
    expect(messages()).toEqual([])
    mkdirSync(current())
    expect(messages()).toEqual([`cannot read ${current()}: a directory is in the way`])
    rmdirSync(current())
    execFileSync('mkfifo', [current()])
    expect(messages()).toEqual([`cannot read ${current()}: a named pipe is in the way`])
    expect(readLog(dir).pieces.map(({ bytes }) => bytes.toString())).toEqual(['a'])
  })

  it('is no index', () => {
    print('a')
    mkdirSync(join(dir, 'output.idx'))
    expect(readLog(dir)).toMatchObject({ pieces: [{ marks: [] }], unreadable: [] })
  })
})

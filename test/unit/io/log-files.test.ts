import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followLog, type LogFollower } from '../../../src/io/log-files.ts'

let dir: string
let follower: LogFollower

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'team-log-'))
  follower = followLog(dir, 0)
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

  it('begins at an offset', () => {
    print('abc')
    follower.close()
    follower = followLog(dir, 2)
    expect(read()).toBe('c')
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

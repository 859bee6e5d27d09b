import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/io/clock.ts'
import { acquireLock, type LockRequest } from '../../../src/io/lock.ts'
import { linuxProcesses } from '../../../src/io/processes.ts'
import { knownPid } from '../../support/known-pid.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'team-lock-'))
  path = join(dir, 'state', 'lock')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const request = (overrides: Partial<LockRequest> = {}): LockRequest => ({
  path,
  command: 'team up',
  waitMs: 2_000,
  clock: systemClock,
  processes: linuxProcesses,
  onWait: () => undefined,
  interrupted: new AbortController().signal,
  ...overrides,
})

describe('acquireLock', () => {
  it('makes the directory, holds the lock, and leaves nothing behind', async () => {
    const release = await acquireLock(request())
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, command: 'team up' })
    release()
    expect(existsSync(path)).toBe(false)
  })

  it('is for one at a time within a process too', async () => {
    let holders = 0
    const most: number[] = []
    const work = async (): Promise<void> => {
      const release = await acquireLock(request({ waitMs: 20_000 }))
      holders += 1
      most.push(holders)
      await new Promise((resolve) => setImmediate(resolve))
      holders -= 1
      release()
    }
    await Promise.all(Array.from({ length: 12 }, work))
    expect(most).toEqual(Array.from({ length: 12 }, () => 1))
    expect(readdirSync(join(dir, 'state'))).toEqual([])
  })

  it('refuses after the waiting time, naming the holder', async () => {
    const release = await acquireLock(request({ command: 'team reload' }))
    const told: string[] = []
    const second = acquireLock(request({ waitMs: 60, onWait: ({ command }) => told.push(command) }))
    await expect(second).rejects.toMatchObject({
      code: 'locked',
      exitCode: 5,
      message: `another command holds the lock: team reload (pid ${process.pid})`,
    })
    expect(told).toEqual(['team reload'])
    release()
  })

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 4_194_303, start: '1', command: 'team up' })],
    [
      'another process that got the same pid',
      JSON.stringify({ pid: process.pid, start: '1', command: 'team up' }),
    ],
    ['a text that is none of ours', 'garbage'],
    ['an empty file', ''],
    ['another shape', '{"pid":"x"}'],
  ])('heals the lock of %s', async (_what, text) => {
    mkdirSync(join(dir, 'state'))
    writeFileSync(path, text)
    const release = await acquireLock(request())
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid })
    release()
  })

  it.each([
    ['a link to nothing', () => symlinkSync('/nonexistent/lock', path)],
    ['a link to itself', () => symlinkSync('lock', path)],
    ['a fifo', () => execFileSync('mkfifo', [path])],
  ])('heals %s in the place of a lock', async (_what, make) => {
    mkdirSync(join(dir, 'state'))
    make()
    const release = await acquireLock(request())
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid })
    release()
  })

  it('heals a lock whose breaker was killed while breaking it', async () => {
    mkdirSync(join(dir, 'state'))
    writeFileSync(path, JSON.stringify({ pid: 4_194_303, start: '1', command: 'team up' }))
    writeFileSync(`${path}.break`, JSON.stringify({ pid: 4_194_302, start: '1', command: 'team up' }))
    const release = await acquireLock(request())
    release()
    expect(existsSync(`${path}.break`)).toBe(false)
  })

  it('clears away what killed commands have left, and nothing of a live one', async () => {
    const state = join(dir, 'state')
    mkdirSync(join(state, 'agents'), { recursive: true })
    const dead = ['lock.4194303.1', 'lock.4194303.dead', 'cache.json.4194303.tmp', 'agents/env.4194303.tmp']
    const kept = ['cache.json', `cache.json.${process.ppid}.tmp`, 'x.tmp', 'agents/env']
    for (const name of [...dead, ...kept]) writeFileSync(join(state, name), '')
    writeFileSync(path, JSON.stringify({ pid: 4_194_303, start: '1', command: 'team up' }))
    const release = await acquireLock(request())
    release()
    expect([...dead, ...kept].filter((name) => existsSync(join(state, name)))).toEqual(kept)
  })

  it('waits for a live holder of another process', async () => {
    const holder = spawn('/bin/sleep', ['5'])
    const start = linuxProcesses.find(knownPid(holder.pid))?.start
    mkdirSync(join(dir, 'state'))
    writeFileSync(path, JSON.stringify({ pid: holder.pid, start, command: 'team down' }))
    const acquired = acquireLock(request({ onWait: () => holder.kill('SIGKILL') }))
    const release = await acquired
    release()
  })
})

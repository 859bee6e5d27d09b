import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { environValue, linuxProcesses, parseStat, sendSignal } from '../../../src/io/processes.ts'
import { parsePsLine } from '../../../src/io/processes-ps.ts'
import { knownPid } from '../../support/known-pid.ts'
import { waitFor } from '../../support/wait-for.ts'

describe('parseStat', () => {
  it('reads the fields behind a command name that holds parentheses and spaces', () => {
    const tail = `S 1 10 11 34816 12 4194560 ${'0 '.repeat(10)}3 0 777 0 0`
    expect(parseStat(`42 (we (ird) na me) ${tail}`)).toEqual({
      pid: 42,
      ppid: 1,
      pgrp: 10,
      session: 11,
      tpgid: 12,
      start: '777',
      zombie: false,
      stopped: false,
      threads: 3,
    })
  })
  it('knows a thread of the kernel, which is not asked for its environment', async () => {
    const thread = parseStat(`8 (kworker/0:1H) I 2 0 0 0 -1 69238880 ${'0 '.repeat(10)}1 0 55 0 0`)
    expect(thread).toMatchObject({ pid: 8, kernel: true })
    const itself = await linuxProcesses.find(process.pid)
    expect(itself).not.toHaveProperty('kernel')
    // Were it asked, it would answer: this is no such thread.
    const among = itself === null ? [] : [itself, { ...itself, kernel: true as const }]
    expect([...(await linuxProcesses.carriers('PATH', among.slice(0, 1))).keys()]).toEqual([process.pid])
    expect((await linuxProcesses.carriers('PATH', among.slice(1))).size).toBe(0)
  })
  it.each(['', 'x', '42 (a', '42 (a) S 1'])('gives nothing for %j', (text) => {
    expect(parseStat(text)).toBeNull()
  })
})

describe('parsePsLine', () => {
  it('reads what ps prints', () => {
    expect(parsePsLine('  501   1  501   -1 Ss+  Mon Jan  5 10:00:00 2026')).toMatchObject({
      pid: 501,
      ppid: 1,
      pgrp: 501,
      tpgid: -1,
      start: 'Mon Jan  5 10:00:00 2026',
    })
    expect(parsePsLine('no line')).toBeNull()
  })
})

describe('environValue', () => {
  it('matches whole names only', () => {
    const environ = 'A=1\0TEAM_UNIT=x=y\0XTEAM_UNIT=no\0'
    expect(environValue(environ, 'TEAM_UNIT')).toBe('x=y')
    expect(environValue(environ, 'A')).toBe('1')
    expect(environValue(environ, 'UNIT')).toBeNull()
    expect(environValue('', 'A')).toBeNull()
  })
})

/** Pids of the processes whose TEAM_UNIT is `marker`. */
async function markedBy(marker: string): Promise<readonly number[]> {
  const found = await linuxProcesses.carriers('TEAM_UNIT', await linuxProcesses.scan())
  return [...found].flatMap(([pid, value]) => (value === marker ? [pid] : []))
}

describe('linuxProcesses', () => {
  it('finds carriers of a marker, and signals only the very same process', async () => {
    const child = spawn('/bin/sleep', ['30'], { env: { TEAM_UNIT: 'marker-of-this-test' } })
    const pid = knownPid(child.pid)
    try {
      const carriers = await waitFor('the marker', async () => {
        const found = await markedBy('marker-of-this-test')
        return found.length > 0 && found
      })
      expect(carriers).toEqual([pid])
      const info = linuxProcesses.find(pid)
      if (info === null) throw new Error('the child is not found')
      expect(linuxProcesses.signal({ pid, start: `${info.start}0` }, 'SIGKILL')).toBe(false)
      expect(linuxProcesses.find(pid)).not.toBeNull()
      expect(linuxProcesses.signal(info, 'SIGKILL')).toBe(true)
      await waitFor('the end', () => linuxProcesses.find(pid) === null)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('finds descendants, whichever thread has started them', async () => {
    const spawnSleep = "require('node:child_process').spawn('/bin/sh', ['-c', 'sleep 30; :'])"
    const inWorker = `new (require('node:worker_threads').Worker)(${JSON.stringify(spawnSleep)}, { eval: true })`
    const child = spawn(process.execPath, ['-e', `${spawnSleep}; ${inWorker}; setInterval(() => {}, 1e6)`])
    const root = linuxProcesses.find(knownPid(child.pid))
    if (root === null) throw new Error('the child is not found')
    try {
      const found = await waitFor('two shells and their sleeps', async () => {
        const now = linuxProcesses.find(root.pid)
        const all = await linuxProcesses.descendants(now === null ? [] : [now])
        return all.length === 5 && all
      })
      const texts = found.map(({ pid }) => linuxProcesses.commandLine(pid)?.split(' ')[0])
      expect(texts.slice(1).sort()).toEqual(['/bin/sh', '/bin/sh', 'sleep', 'sleep'])
      for (const { pid, start } of found.slice(1)) linuxProcesses.signal({ pid, start }, 'SIGKILL')
    } finally {
      child.kill('SIGKILL')
    }
    await waitFor('the end', () => linuxProcesses.find(root.pid) === null)
    expect(await linuxProcesses.descendants([root])).toEqual([root])
  })

  it('does not read again what is known', async () => {
    const [some] = await linuxProcesses.scan()
    if (some === undefined) throw new Error('there are no processes')
    const known = { ...some, start: 'as it was' }
    expect(await linuxProcesses.scan(new Map([[some.pid, known]]))).toContainEqual(known)
    expect(await linuxProcesses.scan(new Map([[-1, known]]))).not.toContainEqual(known)
  })

  it('reads an environment and arguments that are larger than any buffer', async () => {
    const long = 'x'.repeat(100_000)
    const child = spawn('/bin/sh', ['-c', 'sleep 30; :', 'sh', long], {
      env: { A: long, B: long, C: long, TEAM_UNIT: 'marker-behind-300-kB', PATH: process.env.PATH },
    })
    const pid = knownPid(child.pid)
    try {
      const [found] = await waitFor('its child', async () => {
        const carriers = await markedBy('marker-behind-300-kB')
        if (carriers.length !== 2 || !carriers.includes(pid)) return null
        const children = await linuxProcesses.children(pid)
        // Between fork and exec it is a copy of the shell.
        return children.some((child) => linuxProcesses.commandLine(child.pid) === 'sleep 30 ') && children
      })
      expect(found).toMatchObject({ ppid: pid, zombie: false })
      expect(linuxProcesses.commandLine(pid)?.endsWith(`sh ${long} `)).toBe(true)
      if (found !== undefined) linuxProcesses.signal(found, 'SIGKILL')
    } finally {
      child.kill('SIGKILL')
    }
  })

  it.each([0, 1, -1, -7])('refuses pid %i', (pid) => {
    expect(() => sendSignal(pid, 'SIGTERM')).toThrow(RangeError)
  })
})

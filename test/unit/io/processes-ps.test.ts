import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { capture } from '../../../src/io/exec.ts'
import { psOutput, psProcesses } from '../../../src/io/processes-ps.ts'

const processes = psProcesses(capture, psOutput)

it('finds a process by ps, and its arguments', () => {
  expect(processes.find(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid, zombie: false })
  expect(processes.commandLine(process.pid)).toContain('node')
})

it('says that one is gone', () => {
  const { pid } = spawnSync('true')
  expect(processes.find(pid)).toBeNull()
  expect(processes.commandLine(pid)).toBeNull()
  expect(processes.signal({ pid, start: 'long ago' }, 'SIGTERM')).toBe(false)
})

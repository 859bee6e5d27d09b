import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { jobPorts } from '../../../src/cli/jobs/ports.ts'
import { followOutput } from '../../../src/cli/jobs/watch.ts'
import { createByteLog } from '../../../src/io/byte-log.ts'
import { systemClock } from '../../../src/io/clock.ts'
import { linuxProcesses } from '../../../src/io/processes.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fo-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('tells whoever reads too slowly how much is missing', async () => {
  const world = { clock: systemClock, processes: linuxProcesses, env: {} }
  const ports = jobPorts(dir, 'tasks', world)
  const job = ports.store.directory('abc123')
  mkdirSync(job, { recursive: true })
  const log = createByteLog(job, 'output', 10)
  log.append(Buffer.from('0123456789'.repeat(3)))
  let shown = ''
  let told = ''
  const output = (take: (text: string) => void) => ({
    write: (text: string | Uint8Array) => {
      take(Buffer.from(text).toString())
      // Ended by now: a record that is gone ends it.
      rmSync(job, { recursive: true, force: true })
    },
    drained: async () => undefined,
    isTty: false,
    columns: () => 0,
    rows: () => 0,
  })
  const whole = await followOutput('abc123', { name: 'output', offset: 4 }, ports, {
    clock: systemClock,
    interrupt: {
      stop: new AbortController().signal,
      force: new AbortController().signal,
      onFirst: null,
      handOver: () => undefined,
    },
    stdout: output((text) => {
      shown += text
    }),
    stderr: {
      ...output(() => undefined),
      write: (text: string | Uint8Array) => {
        told += Buffer.from(text).toString()
      },
    },
  })
  log.close()
  expect(whole).toBe(true)
  expect(shown).toBe('0123456789'.repeat(2))
  expect(told).toBe('6 bytes before this were dropped\n')
})

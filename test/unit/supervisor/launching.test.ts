import { expect, it } from 'vitest'
import { systemClock } from '../../../src/io/clock.ts'
import { fileRecords } from '../../../src/io/records.ts'
import { launchAll, openFilesFor } from '../../../src/supervisor/tmux/launching.ts'

const done = { ok: true, serverRunning: true, stdout: '', errors: [] }

it('a new server is given room for all that are to be started, also by later calls', async () => {
  const rooms: number[] = []
  await launchAll([], null, {
    server: {
      async boot(_before, _commands, openFiles) {
        rooms.push(openFiles)
        return done
      },
      source: async () => done,
    },
    config: { type: 'tmux', tmux: { config: null, historyLimit: 1 } },
    records: fileRecords,
    clock: systemClock,
    planned: 30,
  })
  expect(rooms).toEqual([openFilesFor(30)])
})

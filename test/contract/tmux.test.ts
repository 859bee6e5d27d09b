import { systemClock } from '../../src/io/clock.ts'
import { capture } from '../../src/io/exec.ts'
import { linuxProcesses } from '../../src/io/processes.ts'
import { fileRecords } from '../../src/io/records.ts'
import { socketFile } from '../../src/io/socket-file.ts'
import { createTmuxSupervisor } from '../../src/supervisor/tmux/supervisor.ts'
import { createTmuxServer } from '../../src/terminal/tmux-server.ts'
import { supervisorContract } from './supervisor-contract.ts'

supervisorContract({
  name: 'tmux',
  create: (sandbox, team) =>
    createTmuxSupervisor({
      team,
      config: { type: 'tmux', tmux: { config: null, historyLimit: 10_000 } },
      server: createTmuxServer({
        binary: 'tmux',
        socketName: `team-${team}`,
        env: sandbox.env,
        exec: capture,
        timeoutMs: 10_000,
      }),
      clock: systemClock,
      processes: linuxProcesses,
      records: fileRecords,
      agents: 1,
      socket: socketFile(`${sandbox.env.TMUX_TMPDIR}/tmux-${process.getuid?.()}/team-${team}`),
      activity: () => null,
    }),
})

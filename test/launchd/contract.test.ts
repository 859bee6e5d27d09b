import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchdSupervisor } from '../../src/cli/launchd.ts'
import { systemClock } from '../../src/io/clock.ts'
import { supervisorContract } from '../contract/supervisor-contract.ts'
import { hostProcesses } from '../support/host-processes.ts'

const templates = fileURLToPath(new URL('../../templates', import.meta.url))

// On macOS with the real launchctl, elsewhere with the stand-in.
supervisorContract({
  name: 'launchd',
  create: (sandbox, team) => {
    const context = { env: sandbox.env, clock: systemClock, processes: hostProcesses }
    const template = (name: string) => readFileSync(join(templates, name), 'utf8')
    return launchdSupervisor(team, join(sandbox.dir, '.team'), context, template)
  },
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemdSupervisor } from '../../src/cli/systemd.ts'
import { systemClock } from '../../src/io/clock.ts'
import { linuxProcesses } from '../../src/io/processes.ts'
import { supervisorContract } from '../contract/supervisor-contract.ts'
import { requireManager } from '../support/manager.ts'

const templates = fileURLToPath(new URL('../../templates', import.meta.url))

supervisorContract({
  name: 'systemd',
  create: (sandbox, team) => {
    const env = { ...sandbox.env, ...requireManager().env }
    const context = { env, clock: systemClock, processes: linuxProcesses }
    const template = (name: string) => readFileSync(join(templates, name), 'utf8')
    return systemdSupervisor(team, join(sandbox.dir, '.team'), context, template, () => undefined)
  },
})

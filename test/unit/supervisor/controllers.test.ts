import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { availableControllers, limitProblem } from '../../../src/supervisor/systemd/controllers.ts'
import type { Systemctl } from '../../../src/supervisor/systemd/systemctl.ts'
import { writtenLaunches } from '../../support/launches.ts'

const root = mkdtempSync(join(tmpdir(), 'cgroups-'))
afterEach(() => rmSync(root, { recursive: true, force: true }))

const manager: Systemctl = { call: async () => ({ ok: true, stdout: '/user/1\n', errors: [] }) }

it('a limit is refused by name where the manager lacks what keeps it', async () => {
  mkdirSync(join(root, 'user/1'), { recursive: true })
  writeFileSync(join(root, 'user/1/cgroup.controllers'), 'cpu pids\n')
  const [launch] = writtenLaunches(root, {}, [{ command: ['true'] }])
  if (launch === undefined) throw new Error('nothing rendered')
  const available = await availableControllers(manager, root)
  const problem = (limits: { memory?: number; cpu?: number; tasks?: number }) =>
    limitProblem({ ...launch, limits }, available)
  expect(limitProblem(launch, available)).toBeNull()
  expect(problem({ cpu: 1, tasks: 20 })).toBeNull()
  expect(problem({ memory: 1, cpu: 1 })?.message).toMatch(
    /^web:lead: nothing would keep limits\.memory: .* controller memory$/,
  )
  expect(await availableControllers(manager, join(root, 'nowhere'))).toEqual(new Set(['']))
})

import { expect, it } from 'vitest'
import { type ProcessInfo, parseStat } from '../../../src/io/processes.ts'
import { livingOn, type Unheld } from '../../../src/supervisor/lives-on.ts'

const lead: Unheld = { id: 'web:lead', pid: 7, marker: 'acme/web/lead@/team.yaml' }

/** A table of processes, by pid, with what each carries. */
function machine(markers: Readonly<Record<number, string>>) {
  const looks: string[] = []
  return {
    looks,
    find: (pid: number): ProcessInfo | null => {
      looks.push(`find ${pid}`)
      return pid in markers ? parseStat(`${pid} (sh) S 1 ${pid} ${pid} 0 -1 0${' 0'.repeat(10)} 1 0 5`) : null
    },
    carriers: async (name: string, among: readonly ProcessInfo[]) => {
      looks.push(`${name} of ${among.map(({ pid }) => pid).join()}`)
      return new Map(among.map(({ pid }) => [pid, markers[pid] ?? '']))
    },
  }
}

it('an agent lives on whose pid is alive and carries its marker', async () => {
  const seen = machine({ 7: lead.marker })
  expect([...(await livingOn([lead], seen))]).toEqual(['web:lead'])
  expect(seen.looks).toEqual(['find 7', 'TEAM_UNIT of 7'])
})

it('a pid that has passed to another process, even another agent, is none', async () => {
  expect([...(await livingOn([lead], machine({ 7: '' })))]).toEqual([])
  expect([...(await livingOn([lead], machine({ 7: 'acme/web/api@/team.yaml' })))]).toEqual([])
})

it('looks no further than it must', async () => {
  const seen = machine({})
  expect([...(await livingOn([lead], seen))]).toEqual([])
  expect(seen.looks).toEqual(['find 7'])
  const idle = machine({ 7: lead.marker })
  expect([...(await livingOn([], idle))]).toEqual([])
  expect(idle.looks).toEqual([])
})

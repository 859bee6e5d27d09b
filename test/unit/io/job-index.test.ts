import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createJobIndex, type JobIndex } from '../../../src/io/job-index.ts'
import { createLineParser } from '../../../src/io/job-line.ts'
import type { JobSummary, JobTraits } from '../../../src/model/job.ts'

let dir: string
let index: JobIndex
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ji-'))
  index = createJobIndex(dir)
})
afterEach(() => rmSync(dir, { recursive: true }))

const traits: JobTraits = {
  ...{ agent: 'web:lead', kind: 'prompt', runtime: 'codex', status: 'failed' },
  ...{ parentTaskId: null, tags: ['x'] },
}
const summary: JobSummary = {
  id: 'abc123',
  createdAt: '2026-01-01T00:00:00.000Z',
  what: 'do it',
  used: null,
  traits,
}
const read = (...ids: readonly string[]) => {
  const parse = createLineParser()
  return index.read(ids).map((line, at) => (line === null ? null : { id: ids[at], ...parse(line) }))
}
const known = (...ids: readonly string[]) => read(...ids).map((found) => found?.what ?? null)

it('gives back what was appended, whatever was asked', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('.', '\n\t\r\\'))
  fc.assert(
    fc.property(texts, fc.array(texts, { maxLength: 3 }), (what, tags) => {
      rmSync(join(dir, '.index'), { force: true })
      const asked = { ...summary, what, traits: { ...traits, tags: tags.filter((tag) => tag !== '') } }
      const other = { ...asked, id: 'abc1234', traits: { ...traits, agent: null, parentTaskId: `x${what}` } }
      index.append([other, asked])
      expect(read('abc1234', 'abc123', 'abc12')).toEqual([other, asked, null])
      expect(read('abc1233', 'abc123')).toEqual([null, asked])
    }),
  )
})

it('gives back what was used, as far as it is known', () => {
  const amount = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }))
  const usage = fc.option(fc.record({ input: fc.nat(), output: fc.nat() }))
  fc.assert(
    fc.property(usage, amount, (tokens, costUsd) => {
      rmSync(join(dir, '.index'), { force: true })
      const used = tokens === null && costUsd === null ? null : { usage: tokens, costUsd }
      const asked = { ...summary, used }
      index.append([asked])
      expect(read('abc123')).toEqual([asked])
    }),
  )
})

it('finds what was appended in any order, and more than once', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-c0-1]{6,8}$/), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(ids, ids, ids, (first, second, asked) => {
      rmSync(join(dir, '.index'), { force: true })
      for (const batch of [first, second]) index.append(batch.map((id) => ({ ...summary, id, what: id })))
      const wanted = asked.toSorted().reverse()
      const expected = wanted.map((id) => ([...first, ...second].includes(id) ? id : null))
      expect(known(...wanted)).toEqual(expected)
    }),
  )
})

it('knows nothing by a line that was cut short, and goes on behind it', () => {
  index.append([summary])
  const whole = readFileSync(join(dir, '.index')).length
  index.append([{ ...summary, id: 'abc124' }])
  const both = readFileSync(join(dir, '.index')).length
  for (let cut = whole + 1; cut < both - 1; cut += 1) {
    const text = readFileSync(join(dir, '.index'))
    truncateSync(join(dir, '.index'), cut)
    index.append([{ ...summary, id: 'abc125' }])
    expect(known('abc125', 'abc124', 'abc123')).toEqual(['do it', null, 'do it'])
    writeFileSync(join(dir, '.index'), text)
  }
})

it('is made anew where it is of another format or start of the machine, and loses what is gone', () => {
  writeFileSync(join(dir, '.index'), 'team-jobs 3 another-boot\nabc123\tgarbage\r\n')
  expect(known('abc123')).toEqual([null])
  index.append([summary])
  expect(known('abc123')).toEqual(['do it'])
  index.append(Array.from({ length: 2_000 }, (_, n) => ({ ...summary, id: `gone${n}` })))
  const before = readFileSync(join(dir, '.index')).length
  expect(known('abc123')).toEqual(['do it'])
  expect(readFileSync(join(dir, '.index')).length).toBeLessThan(before / 100)
  expect(known('abc123')).toEqual(['do it'])
})

it('leaves out what could be torn, and is no error where it cannot be written', () => {
  index.append([{ ...summary, traits: { ...traits, tags: ['t'.repeat(5_000)] } }])
  expect(known('abc123')).toEqual([null])
  appendFileSync(join(dir, '.index'), 'no line at all')
  expect(known('abc123')).toEqual([null])
  createJobIndex(join(dir, '.index')).append([summary])
})

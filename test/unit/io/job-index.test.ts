import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createJobIndex, isIndexLine, type JobIndex, parseIndexLine } from '../../../src/io/job-index.ts'
import type { JobSummary } from '../../../src/model/job.ts'

let dir: string
let index: JobIndex
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ji-'))
  index = createJobIndex(dir)
})
afterEach(() => rmSync(dir, { recursive: true }))

const summary: JobSummary = {
  ...{
    id: 'abc123',
    agent: 'web:lead',
    kind: 'prompt',
    runtime: 'codex',
    status: 'failed',
    parentTaskId: null,
  },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', tags: ['x'], what: 'do it' },
}
const known = () =>
  [...index.read().values()]
    .filter(isIndexLine)
    .map(parseIndexLine)
    .map(({ id, what }) => [id, what])

it('gives back what was appended, whatever was asked', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('.', '\n\t\\'))
  fc.assert(
    fc.property(texts, fc.array(texts, { maxLength: 3 }), (what, tags) => {
      rmSync(join(dir, '.index'), { force: true })
      const asked = { ...summary, what, tags: tags.filter((tag) => tag !== '') }
      index.append([asked, { ...asked, id: 'abc124', agent: null, parentTaskId: 'abc123' }])
      expect([...index.read().values()].map(parseIndexLine)).toEqual([
        asked,
        { ...asked, id: 'abc124', agent: null, parentTaskId: 'abc123' },
      ])
    }),
  )
})

it('knows nothing by a line that was cut short, and goes on behind it', () => {
  index.append([summary])
  const whole = readFileSync(join(dir, '.index')).length
  index.append([{ ...summary, id: 'abc124' }])
  const both = readFileSync(join(dir, '.index')).length
  for (let cut = whole + 1; cut < both; cut += 1) {
    const text = readFileSync(join(dir, '.index'))
    truncateSync(join(dir, '.index'), cut)
    index.append([{ ...summary, id: 'abc125' }])
    // The line behind it may be lost with it: its record is read then.
    for (const [id, what] of known()) if (['abc124', 'abc125'].includes(id ?? '')) expect(what).toBe('do it')
    expect(known()).toContainEqual(['abc123', 'do it'])
    writeFileSync(join(dir, '.index'), text)
  }
})

it('is made anew where it is of another format or start of the machine, and loses what is gone', () => {
  writeFileSync(join(dir, '.index'), 'team-jobs 2 another-boot\nabc123\tgarbage\n')
  expect(known()).toEqual([])
  index.append([summary])
  expect(known()).toEqual([['abc123', 'do it']])
  index.append(Array.from({ length: 2_000 }, (_, n) => ({ ...summary, id: `gone${n}` })))
  index.tidy(index.read(), (id) => id === 'abc123', 1)
  expect(known()).toEqual([['abc123', 'do it']])
})

it('leaves out what could be torn, and is no error where it cannot be written', () => {
  index.append([{ ...summary, tags: ['t'.repeat(5_000)] }])
  expect(known()).toEqual([])
  appendFileSync(join(dir, '.index'), 'no line at all')
  expect(known()).toEqual([])
  createJobIndex(join(dir, '.index')).append([summary])
})

import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordActivity } from '../../../src/io/activity-record.ts'
import type { Activity } from '../../../src/model/activity.ts'

describe('an activity that is recorded', () => {
  let dir: string
  let told: string[]
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'team-activity-'))
    told = []
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const record = (activity: Activity, during: () => void = () => undefined) =>
    recordActivity(
      dir,
      'web:lead',
      { activity, detail: null, since: null, input: 'none' },
      Date.now(),
      () => {
        told.push(activity)
        during()
      },
    )

  it('is told once, and again after another', () => {
    for (const activity of ['idle', 'idle', 'busy', 'busy', 'idle'] as const) record(activity)
    expect(told).toEqual(['idle', 'busy', 'idle'])
    expect(readdirSync(dir)).toEqual(['activity.json'])
  })

  it('is not told by a second command while the first tells it', () => {
    record('busy', () => record('idle'))
    expect(told).toEqual(['busy'])
    record('idle')
    expect(told).toEqual(['busy', 'idle'])
  })

  it('is told again soon after a command was killed while it told one', () => {
    const claim = join(dir, 'activity.json.telling')
    writeFileSync(claim, '')
    utimesSync(claim, new Date(0), new Date(0))
    record('busy')
    record('busy')
    expect(told).toEqual(['busy'])
  })
})

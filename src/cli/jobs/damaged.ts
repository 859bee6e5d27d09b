import { TeamError } from '../../errors.ts'
import { isJobId } from '../../io/job-store.ts'
import type { Job } from '../../model/job.ts'
import type { Context } from '../context.ts'
import type { JobPorts } from './ports.ts'

/** Ids of records that a list leaves out. */
export interface Unreadable {
  readonly damaged: readonly string[]
  /** Of another version of `team`. */
  readonly foreign: readonly string[]
}

/** One that is just being made has no record yet either: only what stays so is damaged. ms. */
const makingMs = 10_000

/** Moves what is damaged out of the way, leaves what is of another version where it is, and says so. */
export function tellUnreadable(
  { damaged, foreign }: Unreadable,
  ports: JobPorts,
  { stderr, errorStyle }: Pick<Context, 'stderr' | 'errorStyle'>,
): void {
  const warn = (text: string) => stderr.write(`${errorStyle.warn('warning:')} ${text}\n`)
  for (const id of damaged) {
    const place = setAside(id, ports)
    if (place !== null) warn(`the record of ${id} is damaged: moved to ${place}`)
  }
  for (const id of foreign)
    warn(`left out: ${ports.store.directory(id)} was written by another version of team`)
}

/** @throws TeamError `record-damaged`, where there is a record that cannot be read */
export function refuseDamaged(id: string, ports: JobPorts): void {
  const place = isJobId(id) && ports.store.has(id) ? setAside(id, ports) : null
  if (place === null) return
  throw new TeamError('record-damaged', `the record of ${id} is damaged: moved to ${place}`, {
    hint: 'look there for what it had printed',
  })
}

/** Where it is now; null: it stays where it is. */
function setAside(id: string, { store, clock }: JobPorts): string | null {
  return clock.now() - Number.parseInt(id.slice(0, 9), 36) < makingMs ? null : store.setAside(id)
}

/** @returns null: it is damaged */
export function readOrForeign(id: string, { store }: Pick<JobPorts, 'store'>): Job | 'foreign' | null {
  try {
    return store.read(id)
  } catch (error) {
    if (error instanceof TeamError && error.code === 'record-version') return 'foreign'
    throw error
  }
}

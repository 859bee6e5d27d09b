import { join } from 'node:path'
import { isRecord } from '../model/json.ts'
import { readIfExists, writeIfChanged } from './files.ts'

/** Where the agents of a state directory were started last: what must be the same to find them. */
export interface TeamPlace {
  readonly name: string
  /** TMUX_TMPDIR; null: it was not set. */
  readonly tmuxTmpdir: string | null
}

const fileName = 'place.json'

/** null: none ever was. Never throws. */
export function recordedPlace(stateDir: string): TeamPlace | null {
  try {
    const value: unknown = JSON.parse(readIfExists(join(stateDir, fileName)) ?? 'null')
    if (!isRecord(value) || typeof value.name !== 'string') return null
    return { name: value.name, tmuxTmpdir: typeof value.tmuxTmpdir === 'string' ? value.tmuxTmpdir : null }
  } catch {
    return null
  }
}

/** @throws TeamError `state-unwritable` */
export function recordPlace(stateDir: string, { name, tmuxTmpdir }: TeamPlace): void {
  writeIfChanged(join(stateDir, fileName), `${JSON.stringify({ name, tmuxTmpdir })}\n`)
}

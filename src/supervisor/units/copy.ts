import { join } from 'node:path'
import { readIfExists, writeAtomic } from '../../io/files.ts'
import { changedParts } from '../../model/fingerprint.ts'
import type { Launch } from '../../model/launch.ts'
import type { Kept } from '../../model/supervisor.ts'
import { runnerFiles } from '../runner-file.ts'
import { type UnitFormat, unitName } from './format.ts'
import { placeOf } from './place.ts'
import { type UnitHost, writeUnits } from './write.ts'

/** Keeps the text of a unit's file beside what the unit runs. */
export function keepCopy({ agentDir }: Pick<Launch, 'agentDir'>, text: string): void {
  const path = join(agentDir, runnerFiles.copy)
  // Losing it to a power cut is no loss: the unit ends with it.
  if (readIfExists(path) !== text) writeAtomic(path, text, { sync: false })
}

/** Text of the file that a running unit was started from; null: nothing has it any more. */
export async function lostText(
  { unit, launch }: Kept,
  format: UnitFormat,
  host: UnitHost,
): Promise<string | null> {
  const isIts = (text: string): boolean => {
    const parsed = format.parse(text, launch.team)
    if (parsed === null || !parsed.readable) return false
    const { labels, socket } = parsed
    const started = placeOf(unit.unit.handle)
    return (
      changedParts(labels.fingerprint, unit.fingerprint).length === 0 &&
      [labels.agentDir, socket.name, socket.directory].join('\0') ===
        [started.agentDir, started.socket.name, started.socket.directory].join('\0')
    )
  }
  const copy = readIfExists(join(unit.agentDir, runnerFiles.copy))
  if (copy !== null && isIts(copy)) return copy
  if (changedParts(launch.fingerprint, unit.fingerprint).length > 0) return null
  const [written] = await writeUnits([launch], format, host)
  return written !== undefined && written.name === unitName(launch, format) && isIts(written.text)
    ? written.text
    : null
}

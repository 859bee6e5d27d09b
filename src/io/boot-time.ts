import { readFileSync } from 'node:fs'

const dayMs = 86_400_000

/**
 * Now, in the words of a program that can only read the uptime: `<UTC date> <ms of that day> <uptime then, ms>`, like
 * `2026-01-31 43200123 5296780`. null where no /proc tells the uptime.
 */
export function timeOfBoot(now: Date = new Date(), uptime: () => string = readUptime): string | null {
  try {
    const seconds = Number(uptime().split(' ')[0])
    if (!Number.isFinite(seconds)) return null
    return `${now.toISOString().slice(0, 10)} ${now.getTime() % dayMs} ${Math.round(seconds * 1000)}`
  } catch {
    return null
  }
}

function readUptime(): string {
  return readFileSync('/proc/uptime', 'latin1')
}

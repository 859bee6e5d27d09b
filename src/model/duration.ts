const pattern = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/

/**
 * Milliseconds of `500ms`, `30s`, `2m`, `1h`, `1h30m`, `1.5s`; null when the text is not a duration. A bare
 * number is not: `30` could mean anything.
 */
export function parseDuration(text: string): number | null {
  const match = pattern.exec(text)
  if (match === null || text === '') return null
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return Math.round(hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + ms)
}

/** Shortest exact text of a duration: 90000 is `1m30s`, 500 is `500ms`. */
export function formatDuration(ms: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const
  let rest = Math.round(ms)
  let text = ''
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text === '' ? '0s' : text
}

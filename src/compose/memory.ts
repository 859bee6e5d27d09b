import { failure, type Parsed, success } from './parsed.ts'

const units = ['', 'k', 'm', 'g', 't']

/** `512M`, `1.5G`, `2gb`; a unit is 1024 of the next smaller one, as in docker compose. */
export function parseMemory(text: string): Parsed<number> {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?$/i.exec(text) ?? []
  const power = units.indexOf(unit.toLowerCase())
  const bytes = amount === undefined || power === -1 ? Number.NaN : Number(amount) * 1024 ** power
  if (!Number.isSafeInteger(Math.round(bytes)))
    return failure(`bad amount of memory "${text}"; write a number and a unit: 512M, 2G`)
  if (bytes < leastMemory) return failure(`"${text}" is too little; at least 16M`)
  return success(Math.round(bytes))
}

/** The terminal of an agent takes about 10 MB by itself. */
const leastMemory = 16 * 1024 * 1024

export function formatMemory(bytes: number): string {
  const power = [3, 2, 1].find((exponent) => bytes % 1024 ** exponent === 0) ?? 0
  return `${bytes / 1024 ** power}${(units[power] ?? '').toUpperCase()}`
}

import { distance } from 'fastest-levenshtein'

/** The candidate that a person most likely meant; null when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase()
  let best: string | null = null
  // A third of the letters may differ: `rol` finds `role`, `agnets` finds `agents`.
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const far = distance(wanted, candidate.toLowerCase())
    if (far < bestDistance) {
      best = candidate
      bestDistance = far
    }
  }
  return best
}

/** `; did you mean "role"?`, else what there is to choose from, else nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates)
  if (near !== null) return `; did you mean "${near}"?`
  return candidates.length === 0 ? '' : `; it can be ${candidates.join(', ')}`
}

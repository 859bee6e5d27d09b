/** Hashes of a rendered launch by part, so that `reload` can say which part changed. */
export interface Fingerprint {
  readonly command: string
  readonly env: string
  readonly files: string
  readonly supervisor: string
}

const fingerprintParts = ['command', 'env', 'files', 'supervisor'] as const

export type FingerprintPart = (typeof fingerprintParts)[number]

/** The parts that differ, in a fixed order; empty when up to date. */
export function changedParts(a: Fingerprint, b: Fingerprint): readonly FingerprintPart[] {
  return fingerprintParts.filter((part) => a[part] !== b[part])
}

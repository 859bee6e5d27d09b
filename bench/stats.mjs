// The few statistics that a noisy machine allows.

export const median = (samples) => quantile(samples, 0.5)

/** Linear between neighbours; NaN without samples. */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at))
}

import { availableParallelism, loadavg } from 'node:os'

/** How long something that takes `ms` on a quiet machine may take on this one, as busy as it is now. */
export function underLoad(ms: number): number {
  const [lastMinute = 0] = loadavg()
  return ms * Math.max(1, lastMinute / availableParallelism())
}

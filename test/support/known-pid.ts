/** A pid that may be signalled; @throws when there is none: to signals, 0 and -1 mean groups and every process there is. */
export function knownPid(pid: number | null | undefined): number {
  if (pid === null || pid === undefined || !(pid > 1)) throw new Error(`no process to signal: pid ${pid}`)
  return pid
}

import { readIfExists } from './files.ts'

/** Is the process in a control group of that name, at whatever depth? False where there is no telling. */
export function isInCgroup(pid: number, name: string): boolean {
  try {
    // One line for each hierarchy: `0::/user.slice/…/team-acme.web.lead.service`.
    const lines = readIfExists(`/proc/${pid}/cgroup`)?.split('\n') ?? []
    return lines.some((line) =>
      line
        .slice(line.indexOf('/') + 1)
        .split('/')
        .includes(name),
    )
  } catch {
    return false // not ours to see
  }
}

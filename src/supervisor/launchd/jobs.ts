import { TeamError } from '../../errors.ts'
import type { Clock } from '../../io/clock.ts'
import { unitPrefix } from '../units/format.ts'
import { jobFormat } from './job-file.ts'
import { failed, type Launchctl, launchCode, unreachable } from './launchctl.ts'
import { type JobState, parseDomain, parsePrint } from './observe.ts'

/** Jobs of the user's launchd, one at a time: launchctl says what went wrong for a single one only. */
export interface Jobs {
  /** @throws TeamError `launchd-missing`, `launchd-unreachable` */
  ready(): Promise<void>
  state(label: string): Promise<JobState>
  /** Labels of what may be jobs of the team, with or without a file. @throws as `ready` */
  held(team: string): Promise<readonly string[]>
  /** Loads and starts it. A job that is there is replaced, unless it is none of ours. null: nothing went wrong. */
  load(label: string, path: string, isOurs: (state: JobState) => boolean): Promise<LoadRefusal | null>
  /** Ends its process at once, takes it out of launchd, and waits until it is. No such job: nothing is done. */
  unload(label: string): Promise<void>
}

interface LoadRefusal {
  readonly message: string
  /** A job of somebody else has that label. */
  readonly isTaken: boolean
}

/** A runner that is told to end at once gives the agent's wrapper 4 s, and the log 2. ms. */
const patienceMs = 10_000
const pollMs = 20

export function createJobs(launchctl: Launchctl, clock: Clock): Jobs {
  const { domain } = launchctl
  const state = async (label: string): Promise<JobState> => {
    const reply = await launchctl.call(['print', `${domain}/${label}`])
    if (reply.code === launchCode.unknown) return { kind: 'unloaded' }
    if (reply.code !== launchCode.done) throw failed(reply, `looking at ${label}`)
    return parsePrint(reply.stdout)
  }
  const unloaded = async (label: string, ms: number): Promise<boolean> => {
    const deadline = clock.now() + ms
    while ((await state(label)).kind === 'loaded') {
      if (clock.now() > deadline) return false
      await clock.sleep(pollMs)
    }
    return true
  }
  const printDomain = async (): Promise<string> => {
    const reply = await launchctl.call(['print', domain])
    if (reply.code !== launchCode.done) throw unreachable(domain, reply.errors)
    return reply.stdout
  }
  const kill = (signal: string, label: string) => launchctl.call(['kill', signal, `${domain}/${label}`])
  const jobs: Jobs = {
    async ready() {
      await printDomain()
    },
    state,
    held: async (team) => parseDomain(await printDomain(), unitPrefix(team, jobFormat)),
    async load(label, path, isOurs) {
      const first = await bootstrap(launchctl, path)
      if (first === null) return null
      // Loaded already, by a command that was killed, or still being removed: the error is the same for both.
      const found = await state(label)
      if (found.kind === 'unloaded' && first.code !== launchCode.inProgress)
        return { message: explain(first, label, domain), isTaken: false }
      if (found.kind === 'loaded' && !isOurs(found)) return { message: taken(label, domain), isTaken: true }
      await jobs.unload(label)
      const second = await bootstrap(launchctl, path)
      return second === null ? null : { message: explain(second, label, domain), isTaken: false }
    },
    async unload(label) {
      // launchd itself can only ask, by SIGTERM, and an agent may take its whole budget for that.
      if ((await kill('SIGQUIT', label)).code === launchCode.unknown) return
      const reply = await launchctl.call(['bootout', `${domain}/${label}`])
      const gone: readonly (number | null)[] = [launchCode.noProcess, launchCode.unknown]
      if (gone.includes(reply.code)) return
      if (reply.code !== launchCode.done && reply.code !== launchCode.inProgress)
        throw failed(reply, `removing ${label}`)
      if (await unloaded(label, patienceMs)) return
      await kill('SIGKILL', label)
      if (await unloaded(label, patienceMs)) return
      throw new TeamError('launchd-failed', `launchd does not let go of ${label}`, {
        hint: `look at it with: launchctl print ${domain}/${label}`,
      })
    },
  }
  return jobs
}

interface Refusal {
  readonly code: number | null
  readonly message: string
}

async function bootstrap({ call, domain }: Launchctl, path: string): Promise<Refusal | null> {
  const reply = await call(['bootstrap', domain, path])
  if (reply.code === launchCode.done) return null
  return { code: reply.code, message: reply.errors[0] ?? `launchctl: exit code ${reply.code ?? 'unknown'}` }
}

function taken(label: string, domain: string): string {
  return `a job ${label} that is none of team's is loaded; remove it with: launchctl bootout ${domain}/${label}`
}

function explain({ code, message }: Refusal, label: string, domain: string): string {
  const what = `${label}: ${message}`
  return code === launchCode.disabled
    ? `${what}; it was disabled, run: launchctl enable ${domain}/${label}`
    : what
}

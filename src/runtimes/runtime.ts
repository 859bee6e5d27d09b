import type { AgentSpec } from '../model/agent.ts'
import type { DrainStep } from '../model/drain.ts'
import type { RuntimeKind } from '../model/runtime.ts'
import type { Farewell } from '../model/session.ts'
import type { TerminalLook, Turn } from '../model/turn.ts'
import type { Headless } from './headless.ts'

/** none: what the file alone says (it is what the fingerprint covers). The id is the word `sessionWord`. */
type SessionUse = 'none' | 'new' | 'resume'

/** What `team` knows about one kind of agent CLI. Data and pure functions. */
export interface Runtime {
  readonly kind: RuntimeKind
  /** Command line of an interactive agent. Without its prompt: pass the agent with `prompt: null`. */
  argv(agent: AgentSpec, use: SessionUse): readonly string[]
  /** Set for the agent unless the file says otherwise. */
  readonly env: Readonly<Record<string, string>>
  /** Exit sequence, measured on the real program; it must end it in every state it can be in. */
  readonly drainSteps: readonly DrainStep[]
  /** What its turn is at; null: it has no turns. */
  readonly turn: ((look: TerminalLook) => Turn) | null
  /** null: it has no sessions. */
  readonly sessions: RuntimeSessions | null
  /** One prompt without a terminal; null: it has no such mode. */
  readonly headless: Headless | null
  /** Versions that all of this was measured with. */
  readonly testedVersions: readonly string[]
}

type Env = Readonly<Record<string, string>>

/** Where and how a CLI keeps its conversations. */
interface RuntimeSessions {
  /** A new session can be given an id; else the id is learnt. */
  readonly pinned: boolean
  /** Arguments with which the file chooses a session itself: then `team` leaves that to it. */
  readonly ownArguments: readonly string[]
  /** The CLI's own directory, absolute, from the agent's environment. */
  home(env: Env): string
  /** Path (with `*`, `sessionWord`, `sessionStart`) that exists once a session can be resumed; null: cannot be told from files. */
  transcript(home: string, cwd: string): string | null
  /** What it prints when it ends; null: nothing. */
  readonly farewell: Farewell | null
  /** File in which a running process tells its session, as JSON with `sessionId`; null: there is none. */
  liveFile(home: string, pid: number): string | null
  /** First group: the id in the path of a file that the running process holds open; null: it holds none. */
  readonly openFile: RegExp | null
}

export const key = (name: string): DrainStep => ({ kind: 'key', key: name })
export const pause = (ms: number): DrainStep => ({ kind: 'pause', ms })
export const signal = (name: 'SIGTERM'): DrainStep => ({ kind: 'signal', signal: name })

/** The spinner with which CLIs begin their title while they are at work. */
export const spinner = /^[\u2800-\u28ff]/

/** The program: the runtime's own, or what the file puts in its place. */
export function program(agent: AgentSpec, own: readonly string[]): readonly string[] {
  return agent.command ?? own
}

/** `--flag value`, or nothing when there is no value. */
export function option(flag: string, value: string | null): readonly string[] {
  return value === null ? [] : [flag, value]
}

/** `name` of the agent's environment, or its default below the home directory. */
export function directory(env: Env, name: string, below: string): string {
  const named = env[name]
  return named === undefined || named === '' ? `${env.HOME ?? ''}/${below}` : named
}

import type { ActivityReading, TerminalLook } from '../model/activity.ts'
import type { AgentSpec } from '../model/agent.ts'
import type { PromptManners } from '../model/delivery.ts'
import type { DrainStep } from '../model/drain.ts'
import type { McpServer, McpWiring } from '../model/mcp.ts'
import type { RuntimeKind } from '../model/runtime.ts'
import type { Farewell } from '../model/session.ts'
import type { TranscriptEntry } from '../model/transcript.ts'
import type { Headless, JsonObject } from './headless.ts'

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
  /** null: it does not say what it does. */
  readonly activity: RuntimeActivity | null
  /** null: it has no sessions. */
  readonly sessions: RuntimeSessions | null
  /** One prompt without a terminal; null: it has no such mode. */
  readonly headless: Headless | null
  /** Makes an MCP server known to it, and its tools need no further leave; null: it cannot be for one run. */
  readonly mcp: ((server: McpServer) => McpWiring) | null
  /** Versions that all of this was measured with. */
  readonly testedVersions: readonly string[]
}

/** What it does, from what it shows; patterns are those of `testedVersions`. */
interface RuntimeActivity {
  /** `own`: the JSON of its `liveFile`; null: it has none, or not yet. */
  read(look: TerminalLook, own: JsonObject | null): ActivityReading
  readonly manners: PromptManners
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
  /** What a line (JSON) of the transcript says; null: it cannot be read. */
  readonly entries: ((line: JsonObject) => readonly TranscriptEntry[]) | null
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

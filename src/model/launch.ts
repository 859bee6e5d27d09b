import type { AgentId } from './agent.ts'
import type { SupervisorConfig } from './compose.ts'
import type { DrainPolicy } from './drain.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { Limits } from './limits.ts'
import type { RestartPolicy } from './restart.ts'
import type { RuntimeKind } from './runtime.ts'
import type { SessionLaunch } from './session.ts'

/** Everything needed to start one agent. Pure data: rendered from the file, then written and started. */
export interface Launch {
  readonly id: AgentId
  readonly project: string
  readonly agent: string
  readonly role: string | null
  readonly team: string
  /** Absolute path of the compose file. */
  readonly composeFile: string
  /** `.team` of this team. Absolute. */
  readonly stateDir: string
  /** `<stateDir>/agents/<project>/<agent>`. */
  readonly agentDir: string
  /** Value of TEAM_UNIT: unique on this host, marks every process of the agent. */
  readonly marker: string
  readonly runtime: RuntimeKind
  readonly cwd: string
  /** What the file alone says: which session it is started with is chosen at the start. */
  readonly argv: readonly string[]
  /** null: it has no sessions, or its arguments choose one. */
  readonly session: SessionLaunch | null
  /** What the unit runs: the wrapper, which runs `argv`. */
  readonly wrapper: readonly string[]
  /** Shell text that keeps on stdin what the terminal shows. */
  readonly logger: string
  /** Complete environment of the agent, in the order it is written. Holds secrets: only for the 0600 env file. */
  readonly env: Readonly<Record<string, string>>
  readonly restart: RestartPolicy
  readonly drain: DrainPolicy
  /** Missing: none. */
  readonly limits?: Limits
  readonly supervisor: SupervisorConfig
  readonly fingerprint: Fingerprint
}

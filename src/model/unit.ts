import type { TerminalLook } from './activity.ts'
import type { AgentId } from './agent.ts'
import type { SupervisorKind } from './compose.ts'
import type { DrainPolicy } from './drain.ts'
import type { Fingerprint } from './fingerprint.ts'

/** What a supervisor holds for one agent. `handle` means something to its own adapter only. */
export interface Unit {
  readonly supervisor: SupervisorKind
  readonly id: AgentId
  /** Shown to people: the tmux session, the systemd unit, the launchd label. */
  readonly name: string
  readonly handle: string
  /** Pid of the wrapper; null when the unit holds no process. */
  readonly pid: number | null
  /** Pid that its wrapper had, where it has ended and the supervisor still knows. */
  readonly endedPid?: number
}

/** One unit that carries our labels, as the supervisor sees it now. */
export interface Observation {
  readonly id: AgentId
  readonly unit: Unit
  readonly liveness: 'running' | 'exited' | 'unknown'
  readonly composeFile: string
  readonly stateDir: string
  readonly agentDir: string
  readonly marker: string
  readonly fingerprint: Fingerprint
  /** What the unit was started with: the file may say otherwise by now. */
  readonly drain: DrainPolicy
  readonly role: string | null
  /** What has become of the file that it runs from, where that is not there any more. */
  readonly fileLoss?: FileLoss
  /** It has ended, and the supervisor itself is about to start it again. */
  readonly restarting?: true
  /** The supervisor saw it end for want of memory. */
  readonly oom?: true
  /** It runs, and nothing writes down what its terminal shows. */
  readonly unlogged?: true
  /** What its terminal shows, where that was asked for and is there. */
  readonly look: TerminalLook | null
  /** It was not looked at: its terminal has shown nothing since it was looked at last. */
  readonly unchanged?: true
}

/** It is gone or cut short; another one that is none of ours stands in its place; the user has forbidden the unit. */
export type FileLoss = 'gone' | 'foreign' | 'masked'

import { createHash } from 'node:crypto'
import type { AgentSpec } from '../model/agent.ts'
import type { SupervisorConfig } from '../model/compose.ts'
import type { DrainPolicy } from '../model/drain.ts'
import type { Fingerprint } from '../model/fingerprint.ts'

export interface FingerprintInput {
  readonly agent: AgentSpec
  readonly argv: readonly string[]
  /** Only what the file declares: a login from another terminal must not make every agent look changed. */
  readonly declaredEnv: Readonly<Record<string, string>>
  readonly drain: DrainPolicy
  readonly supervisor: SupervisorConfig
}

/** Hashes what was rendered, part by part. */
export function fingerprintOf(input: FingerprintInput): Fingerprint {
  const { agent, argv, declaredEnv, drain, supervisor } = input
  const promptFile = agent.prompt?.file ?? null
  const promptText = agent.prompt?.text ?? null
  return {
    // The text of a prompt file counts as a file, so that editing it is not reported as another command.
    command: hash([
      agent.cwd,
      promptFile === null ? argv : argv.filter((word) => word !== promptText),
      // Whether, not where: another place of this program is no reason to start agents again.
      ...(agent.mcp ? ['mcp'] : []),
    ]),
    env: hash(Object.entries(declaredEnv).sort(([a], [b]) => (a < b ? -1 : 1))),
    files: hash(promptFile === null ? [] : [promptFile, promptText]),
    supervisor: hash([
      supervisor,
      agent.restart,
      drain,
      ...(agent.limits === undefined ? [] : [agent.limits]),
    ]),
  }
}

/** 64 bits are plenty to tell one launch of an agent from its next. */
function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

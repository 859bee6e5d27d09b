import { loadCompose } from '../compose/load.ts'
import { fingerprintOf } from '../render/fingerprint.ts'
import { fingerprintInput } from '../render/launch.ts'
import type { Resolved } from './compose-cache.ts'
import type { Context } from './context.ts'

/** The slow way to a resolved compose file: apart, because it brings the YAML and schema libraries. */
export function loadAndFingerprint(context: Context): {
  resolved: Resolved
  inputs: ReturnType<typeof loadCompose>['inputs']
  variables: ReturnType<typeof loadCompose>['variables']
} {
  const { compose, inputs, variables } = loadCompose({
    files: context.globals.files,
    cwd: context.cwd,
    env: context.env,
    readStdin: context.readStdin,
  })
  const fingerprints = Object.fromEntries(
    compose.agents.map((agent) => [
      agent.id,
      fingerprintOf(fingerprintInput(agent, { compose, env: context.env })),
    ]),
  )
  return { resolved: { compose, fingerprints }, inputs, variables }
}

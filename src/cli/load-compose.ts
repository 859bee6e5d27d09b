import { loadComposeQuickly } from '../compose/load-quick.ts'
import type { LoadedCompose } from '../compose/load-with.ts'
import { fingerprintOf } from '../render/fingerprint.ts'
import { fingerprintInput } from '../render/launch.ts'
import type { Resolved } from './compose-cache.ts'
import type { Context } from './context.ts'

/** The slow way to a resolved compose file: apart, because it brings the YAML and schema libraries. */
export async function loadAndFingerprint(
  context: Context,
): Promise<{ resolved: Resolved } & Pick<LoadedCompose, 'inputs' | 'variables'>> {
  const { compose, inputs, variables } = await loadComposeQuickly({
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

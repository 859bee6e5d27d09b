import { composeToPlain } from '../../compose/to-plain.ts'
import { composeToYaml } from '../../compose/to-yaml.ts'
import { ExitCode } from '../../errors.ts'
import { flag, type Run, stringOption } from '../command.ts'
import { resolveCompose } from '../team.ts'

/** The resolved file. Values of variables are hidden unless `--reveal`. */
export const config: Run = async ({ context, options }) => {
  const { compose, fingerprints } = await resolveCompose(context)
  for (const warning of compose.warnings)
    context.stderr.write(`${context.errorStyle.warn('warning:')} ${warning}\n`)
  if (flag(options, 'hash')) {
    const lines = compose.agents.map(({ id }) => `${id} ${Object.values(fingerprints[id] ?? {}).join('.')}`)
    return { exitCode: ExitCode.ok, json: fingerprints, human: () => lines.join('\n') }
  }
  const reveal = flag(options, 'reveal')
  const plain = composeToPlain(compose, { reveal })
  const asJson = stringOption(options, 'format') === 'json'
  return {
    exitCode: ExitCode.ok,
    json: plain,
    human: () => {
      if (context.globals.quiet) return ''
      return asJson ? JSON.stringify(plain, null, 2) : composeToYaml(compose, { reveal })
    },
  }
}

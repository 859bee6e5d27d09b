import { teamJsonSchema } from '../../compose/json-schema.ts'
import { ExitCode } from '../../errors.ts'
import type { Run } from '../command.ts'

export const schema: Run = async () => {
  const json = teamJsonSchema()
  return { exitCode: ExitCode.ok, json, human: () => JSON.stringify(json, null, 2) }
}

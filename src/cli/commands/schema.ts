import { teamJsonSchema, teamJsonSchemaText } from '../../compose/json-schema.ts'
import { ExitCode } from '../../errors.ts'
import type { Run } from '../command.ts'

export const schema: Run = async () => {
  return { exitCode: ExitCode.ok, json: teamJsonSchema(), human: teamJsonSchemaText }
}

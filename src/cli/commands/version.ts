import { ExitCode } from '../../errors.ts'
import type { Run } from '../command.ts'
import { version } from '../version.ts'

export const showVersion: Run = async () => ({
  exitCode: ExitCode.ok,
  json: { version, node: process.versions.node, platform: process.platform },
  human: () => `team ${version}`,
})

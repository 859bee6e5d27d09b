import { ExitCode, TeamError } from '../../errors.ts'
import type { Run } from '../command.ts'
import { serveMcp } from '../mcp/server.ts'

export const mcp: Run = async ({ context }) => {
  if (context.stdin().isTTY === true) {
    throw new TeamError('usage', 'team mcp is for programs: standard input is a terminal', {
      hint: 'let an MCP client start it, or set `mcp: true` for an agent',
    })
  }
  await serveMcp(context)
  return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
}

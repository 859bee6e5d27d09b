import type { CommandSpec } from '../command.ts'

export const mcpSpecs: readonly CommandSpec[] = [
  {
    name: 'mcp',
    args: '',
    summary: 'speak the Model Context Protocol on standard input and output',
    options: [],
    examples: ['team mcp', 'claude mcp add team -- team mcp', 'team -f team.yaml mcp'],
    completes: 'none',
    load: async () => (await import('../commands/mcp.ts')).mcp,
  },
]

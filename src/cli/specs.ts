import type { CommandSpec } from './command.ts'
import { inboxSpecs } from './specs/inbox.ts'
import { lifecycleSpecs } from './specs/lifecycle.ts'
import { mcpSpecs } from './specs/mcp.ts'
import { observeSpecs } from './specs/observe.ts'
import { processSpecs } from './specs/process.ts'
import { sessionSpecs } from './specs/session.ts'
import { setupSpecs } from './specs/setup.ts'
import { taskSpecs } from './specs/task.ts'
import { terminalSpecs } from './specs/terminal.ts'

/** Every command, in the order of the help. */
export const commandSpecs: readonly CommandSpec[] = [
  ...lifecycleSpecs,
  ...observeSpecs,
  ...terminalSpecs,
  ...inboxSpecs,
  ...taskSpecs,
  ...processSpecs,
  ...sessionSpecs,
  ...mcpSpecs,
  ...setupSpecs,
]

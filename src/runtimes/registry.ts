import type { RuntimeKind } from '../model/runtime.ts'
import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { command } from './command.ts'
import { gemini } from './gemini.ts'
import { opencode } from './opencode.ts'
import type { Runtime } from './runtime.ts'

const runtimes: Readonly<Record<RuntimeKind, Runtime>> = { claude, codex, gemini, opencode, command }

export function runtimeOf(kind: RuntimeKind): Runtime {
  return runtimes[kind]
}

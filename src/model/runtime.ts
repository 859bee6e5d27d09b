export const runtimeKinds = ['claude', 'codex', 'gemini', 'opencode', 'command'] as const

export type RuntimeKind = (typeof runtimeKinds)[number]

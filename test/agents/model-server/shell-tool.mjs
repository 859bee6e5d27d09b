// The names under which CLIs offer a shell to the model, and how each wants to be called.

const names = ['shell', 'exec_command', 'shell_command', 'bash', 'run_shell_command']

/** `{type, name}` of the tool that runs shell commands; null: none is offered. */
export function shellOf(tools) {
  for (const tool of tools ?? []) {
    const name = tool.name ?? tool.function?.name
    if (names.includes(name)) return { type: tool.type, name }
    if (tool.type === 'custom' && name === 'exec') return { type: 'custom', name }
  }
  return null
}

/** Arguments of a call that runs `command`. */
export function shellCall(name, { command, escalate }) {
  const leave = escalate ? { sandbox_permissions: 'require_escalated', justification: 'scripted' } : {}
  switch (name) {
    case 'shell':
      return { command: ['bash', '-lc', command] }
    case 'exec_command':
      return { cmd: command, ...leave }
    case 'shell_command':
      return { command, ...leave }
    default:
      return { command, description: 'scripted' }
  }
}

/** Team, project and agent names: also safe as a tmux session name, a file name and a shell word. */
export const namePattern = /^[a-z0-9][a-z0-9_-]*$/

export const nameMaxLength = 64

/** Names of environment variables that a file may set. */
export const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Variables that `team` sets for each agent, or that would tie it to the caller's tmux; a file may not. */
export const reservedVariables: ReadonlySet<string> = new Set([
  'TEAM_NAME',
  'TEAM_PROJECT',
  'TEAM_AGENT',
  'TEAM_FILE',
  'TEAM_STATE_DIR',
  'TEAM_UNIT',
  'TMUX',
  'TMUX_PANE',
])

/** Bytes that the kernel allows in one argument or one `NAME=value`, without the closing NUL. */
export const longestStringBytes = 131_071

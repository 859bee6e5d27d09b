import { safeText } from './human.ts'

/** What `team wait` prints: a line for each agent, with what it does at the end. */
export function waitLines(
  agents: readonly { readonly id: string; readonly result: string; readonly doing: string }[],
): string {
  const width = Math.max(0, ...agents.map(({ id }) => id.length))
  return agents
    .map(({ id, result, doing }) => {
      const late = result === 'pending' ? ' (not yet)' : ''
      return `${safeText(id).padEnd(width)}   ${safeText(doing)}${late}`
    })
    .join('\n')
}

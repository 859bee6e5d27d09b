import { type AgentId, isAgentId } from '../model/agent.ts'
import type { Compose } from '../model/compose.ts'
import { shellQuote } from '../render/quote.ts'
import type { Context } from './context.ts'

/** The agent that runs this command, itself or in a task of its own; null: a person does. */
export function senderOf({ env }: Pick<Context, 'env'>): AgentId | null {
  const id = env.TEAM_AGENT ?? ''
  // It becomes a part of a prompt: only what is a name.
  return isAgentId(id) && /^[\w-]+:[\w-]+$/.test(id) ? id : null
}

/** The line before a message of an agent to another: who says it, and how to answer. null: a person says it. */
export function senderLine(context: Pick<Context, 'env'>, compose: Compose): string | null {
  const sender = senderOf(context)
  if (sender === null) return null
  const own = context.env.TEAM_FILE ?? ''
  const isSame = own === '' || own === compose.files.join(':')
  const files = isSame ? [] : own.split(':').map((file) => `-f ${shellQuote(file)}`)
  return `[message from ${sender}; to answer: ${['team', ...files].join(' ')} send ${sender} TEXT]`
}

export function withSender(line: string | null, text: string): string {
  return line === null ? text : `${line}\n${text}`
}

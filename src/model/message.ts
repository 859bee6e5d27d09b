import type { AgentId } from './agent.ts'

/** Counts the shapes that a message has had; others are refused. */
export const messageVersion = 1

/** A message that waits for its receiver to be idle: written once, never changed. */
export interface Message {
  readonly version: typeof messageVersion
  /** Sorts by the time of its making. */
  readonly id: string
  readonly to: AgentId
  /** null: a person. */
  readonly from: AgentId | null
  /** The line before the text that says who sends it; null: none. */
  readonly header: string | null
  readonly text: string
  readonly createdAt: string
}

/** How far the present attempt to type it has come: what was written last has begun, or is about to. */
export interface Sending {
  readonly phase: 'typing' | 'submitting'
  /** When it was first typed, and when this phase began; ms since the epoch. */
  readonly since: number
  readonly at: number
  /** The how many-th attempt; from 1. */
  readonly attempt: number
}

/** unsure: it may have been submitted, and nothing tells; it is not typed once more. */
export type MessageOutcome = 'delivered' | 'unsure' | 'removed'

/** Written once, and never changed. */
export interface MessageEnd {
  readonly outcome: MessageOutcome
  readonly reason: string | null
  readonly at: string
}

export interface InboxEntry {
  readonly message: Message
  /** null: nobody has begun to type it. */
  readonly sending: Sending | null
  readonly end: MessageEnd | null
}

export type MessageStatus = 'queued' | 'sending' | MessageOutcome

export function messageStatus({ sending, end }: Pick<InboxEntry, 'sending' | 'end'>): MessageStatus {
  return end?.outcome ?? (sending === null ? 'queued' : 'sending')
}

/** What is typed. */
export function typedText({ header, text }: Pick<Message, 'header' | 'text'>): string {
  return header === null ? text : `${header}\n${text}`
}

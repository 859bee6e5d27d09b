import { type InboxEntry, type MessageStatus, messageStatus } from '../model/message.ts'
import { humanAge, safeText } from './human.ts'
import type { Style } from './style.ts'
import { alignedTable, type Cell } from './table.ts'

/** What `--json` shows of a message. Unknown values are null. */
interface MessageJson {
  readonly id: string
  readonly to: string
  readonly from: string | null
  readonly status: MessageStatus
  readonly reason: string | null
  readonly text: string
  readonly createdAt: string
  readonly endedAt: string | null
}

export function messageJson(entry: InboxEntry): MessageJson {
  const { id, to, from, text, createdAt } = entry.message
  return {
    ...{ id, to, from, status: messageStatus(entry), reason: entry.end?.reason ?? null },
    ...{ text, createdAt, endedAt: entry.end?.at ?? null },
  }
}

export function inboxTable(
  entries: readonly InboxEntry[],
  options: { readonly now: number; readonly width: number | null; readonly style: Style },
): string {
  if (entries.length === 0) return 'No messages wait. Leave one with: team send AGENT TEXT --when idle'
  const columns = ['ID', 'TO', 'FROM', 'STATUS', 'AGE', 'TEXT'].map((title) => ({ title, dropOrder: null }))
  const plain = (text: string): Cell => ({ text: safeText(text), paint: null })
  const rows = entries.map((entry) => {
    const { id, to, from, status, text, reason, createdAt } = messageJson(entry)
    return [
      plain(id),
      plain(to),
      plain(from ?? '-'),
      { text: status, paint: status === 'unsure' ? options.style.bad : null },
      plain(humanAge(options.now - Date.parse(createdAt))),
      plain(reason ?? (text.split('\n', 1)[0] ?? '').slice(0, 60)),
    ]
  })
  return alignedTable(columns, rows, options)
}

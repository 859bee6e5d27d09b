import type { TmuxReply, TmuxServer } from '../../terminal/tmux-server.ts'

type Batch = (commands: readonly (readonly string[])[]) => Promise<TmuxReply>

/**
 * Collects commands for a moment and sends them in one tmux process. Replies are shared: a message about
 * one command cannot be told from another's, so callers check the effect instead.
 */
export function createBatcher(server: TmuxServer, lingerMs: number): Batch {
  let pending: { commands: (readonly string[])[]; reply: Promise<TmuxReply> } | null = null
  return (commands) => {
    if (pending !== null) {
      pending.commands.push(...commands)
      return pending.reply
    }
    const collected = [...commands]
    const reply = new Promise<TmuxReply>((resolve, reject) => {
      setTimeout(() => {
        pending = null
        server.source(collected).then(resolve, reject)
      }, lingerMs)
    })
    pending = { commands: collected, reply }
    return reply
  }
}

import { ExitCode, TeamError } from '../../errors.ts'
import { createInboxStore, type InboxStore } from '../../io/inbox-store.ts'
import { type InboxEntry, messageStatus } from '../../model/message.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { inboxTable, messageJson } from '../../view/inbox.ts'
import { candidates } from '../candidates.ts'
import { flag, type Run } from '../command.ts'
import { startInboxRunner } from '../inbox/kick.ts'
import { lockInbox } from '../inbox/ports.ts'
import { resolveCompose } from '../team.ts'

export const inboxLs: Run = async ({ context, args, options }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const store = createInboxStore(stateDir)
  const receivers = store.agents()
  const others = receivers.map((id) => ({ id, role: null }))
  const scope = resolveTargets(args, candidates(compose.agents, others))
  const entries = receivers
    .filter((id) => scope === null || scope.has(id))
    .flatMap((id) => store.entries(id))
    .filter((entry) => flag(options, 'all') || isOpen(entry))
    .toSorted((one, other) => (one.message.id < other.message.id ? -1 : 1))
  // Whoever brought them may have been killed.
  await startInboxRunner(context)
  return {
    exitCode: ExitCode.ok,
    json: entries.map(messageJson),
    human: () =>
      context.globals.quiet
        ? entries.map(({ message }) => message.id).join('\n')
        : inboxTable(entries, {
            now: context.clock.now(),
            width: context.stdout.columns() || null,
            style: context.style,
          }),
  }
}

function isOpen({ end }: InboxEntry): boolean {
  return end === null || end.outcome === 'unsure'
}

/** What waits is never typed; what is unsure is no longer listed. */
export const inboxRm: Run = async ({ context, args }) => {
  const { stateDir } = await resolveCompose(context)
  const store = createInboxStore(stateDir)
  const found = args.map((id) => findMessage(store, id))
  for (const { message } of found) {
    const release = await lockInbox(store, message.to, context)
    try {
      remove(findMessage(store, message.id), store, context.clock.now())
    } finally {
      release()
    }
  }
  const ids = found.map(({ message }) => message.id)
  return { exitCode: ExitCode.ok, json: { removed: ids }, human: () => ids.join('\n') }
}

function remove(entry: InboxEntry, store: InboxStore, now: number): void {
  const { message, end } = entry
  if (end?.outcome === 'unsure') {
    store.forget(message)
    return
  }
  const removed = { outcome: 'removed', reason: null, at: new Date(now).toISOString() } as const
  if (end !== null || !store.end(message, removed)) {
    throw new TeamError('job-state', `message ${message.id} is ${messageStatus(entry)}`, {
      hint: 'only what waits can be removed: team inbox ls',
    })
  }
}

function findMessage(store: InboxStore, id: string): InboxEntry {
  for (const agent of store.agents()) {
    const entry = store.entries(agent).find(({ message }) => message.id === id)
    if (entry !== undefined) return entry
  }
  throw new TeamError('job-unknown', `no message ${JSON.stringify(id)}`, { hint: 'team inbox ls -a' })
}

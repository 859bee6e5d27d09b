import { ExitCode, TeamError } from '../../errors.ts'
import { createEventLog } from '../../io/event-log.ts'
import { createInboxStore } from '../../io/inbox-store.ts'
import { type Message, messageVersion } from '../../model/message.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { safeText } from '../../view/human.ts'
import { candidates } from '../candidates.ts'
import { flag, numberOption, type Run } from '../command.ts'
import { startInboxRunner } from '../inbox/kick.ts'
import { newId } from '../jobs/submit.ts'
import { mannersOf } from '../manners.ts'
import { promptOf } from '../prompt-text.ts'
import { senderLine, senderOf } from '../sender.ts'
import { openTeam } from '../team.ts'

/** Leaves the text in the inbox of each agent, to be typed at its next idle moment. */
export const sendWhenIdle: Run = async (invocation) => {
  const { context, options } = invocation
  const direct = ['queue', 'interrupt', 'wait'].find((name) => flag(options, name))
  if (direct !== undefined || numberOption(options, 'timeout') !== null) {
    throw new TeamError('usage', `--when idle does not wait: it goes without --${direct ?? 'timeout'}`, {
      hint: 'leave out one of them; team inbox ls tells what became of it',
    })
  }
  const { targets, text } = promptOf(invocation)
  const team = await openTeam(context)
  if (context.globals.files.includes('-')) {
    throw new TeamError('usage', '--when idle needs a compose file on disk: it is read again later', {
      hint: 'name it with -f FILE',
    })
  }
  const units = await team.supervisor.observe()
  const ids = [...(resolveTargets(targets, candidates(team.compose.agents, units)) ?? [])]
  const silent = ids.find((id) => mannersOf(team, id) === null)
  if (silent !== undefined) {
    throw new TeamError('usage', `${silent} is a command, which does not say when it is idle`, {
      hint: `leave out --when: team send ${silent} TEXT`,
    })
  }
  const store = createInboxStore(team.stateDir)
  const events = createEventLog(`${team.stateDir}/events.jsonl`, context.clock.now)
  const header = options.header === false ? null : senderLine(context, team.compose)
  const messages = ids.map((to): Message => {
    const now = context.clock.now()
    const createdAt = new Date(now).toISOString()
    return { version: messageVersion, id: newId(now), to, from: senderOf(context), header, text, createdAt }
  })
  for (const message of messages) {
    store.add(message)
    events.append('message_queued', message.to, { message: message.id, from: message.from })
  }
  await startInboxRunner(context)
  return {
    exitCode: ExitCode.ok,
    json: messages.map(({ id, to }) => ({
      ...{ id: to, delivery: 'queued', reason: null, answer: null },
      message: id,
    })),
    human: () => messages.map(({ id, to }) => `${safeText(to)}   queued: ${id}`).join('\n'),
  }
}

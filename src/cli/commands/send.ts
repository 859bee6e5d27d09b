import { join } from 'node:path'
import { deliver, type Prompt } from '../../engine/deliver.ts'
import { deliverBlind } from '../../engine/deliver-blind.ts'
import { type TurnOver, turnsOver } from '../../engine/turn-over.ts'
import type { WatchPorts } from '../../engine/watch-activity.ts'
import { ExitCode, TeamError } from '../../errors.ts'
import { acquireLock } from '../../io/lock.ts'
import type { AgentId } from '../../model/agent.ts'
import type { Delivered } from '../../model/delivery.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { type Sent, sentLines } from '../../view/send.ts'
import { activityPorts } from '../activity-ports.ts'
import { answersOf } from '../answers.ts'
import { candidates } from '../candidates.ts'
import { type CommandResult, flag, type Invocation, numberOption, type Run } from '../command.ts'
import { mannersOf } from '../manners.ts'
import { startProgress } from '../progress.ts'
import { promptPorts } from '../prompt-ports.ts'
import { promptOf } from '../prompt-text.ts'
import { senderLine, withSender } from '../sender.ts'
import { openTeam, type Team } from '../team.ts'

/** ms that one waits for another prompt to the same agent. */
const turnOfSendersMs = 120_000

export const send: Run = async (invocation) => {
  const { context, options } = invocation
  if (options.when === 'idle') {
    const { sendWhenIdle } = await import('./send-when-idle.ts')
    return sendWhenIdle(invocation)
  }
  if (flag(options, 'queue') && flag(options, 'interrupt')) {
    throw new TeamError('usage', '--queue and --interrupt exclude each other', {
      hint: 'leave out one of them',
    })
  }
  const { targets, text } = promptOf(invocation)
  const team = await openTeam(context)
  const watch = activityPorts(team, context)
  const seen = await watch.look()
  const units = [...seen.values()].flatMap(({ unit }) => unit ?? [])
  const ids = [...(resolveTargets(targets, candidates(team.compose.agents, units)) ?? [])]
  if (flag(options, 'wait')) requireTurns(team, ids)
  const line = options.header === false ? null : senderLine(context, team.compose)
  // A command takes lines, of which the first would be none of its own.
  const textFor = (id: AgentId): string => withSender(mannersOf(team, id) === null ? null : line, text)
  const progress = startProgress('send', context)
  try {
    const delivered = await Promise.all(
      ids.map(async (id) => {
        progress.event({ id, phase: 'sending', detail: null })
        const prompt = { id, text: textFor(id), whenBusy: whenBusy(options) }
        const outcome = await deliverTo(team, prompt, watch, invocation)
        const isDone = outcome.delivery === 'accepted' || outcome.delivery === 'queued'
        progress.event({ id, phase: isDone ? 'done' : 'failed', detail: outcome.reason ?? outcome.delivery })
        return outcome
      }),
    )
    return flag(options, 'wait')
      ? await withAnswers(team, delivered, textFor, watch, invocation)
      : toResult(
          delivered.map((outcome) => ({ ...outcome, answer: null })),
          ExitCode.ok,
        )
  } finally {
    progress.stop()
  }
}

/** @throws TeamError `usage` for one whose turns nobody can see */
function requireTurns(team: Team, ids: readonly AgentId[]): void {
  const silent = ids.find((id) => mannersOf(team, id) === null)
  if (silent === undefined) return
  throw new TeamError('usage', `${silent} is a command, whose answer cannot be waited for`, {
    hint: 'leave out --wait, and read what it prints with: team logs',
  })
}

function whenBusy(options: Invocation['options']): Prompt['whenBusy'] {
  return flag(options, 'queue') ? 'queue' : flag(options, 'interrupt') ? 'interrupt' : 'refuse'
}

/** One prompt at a time for each agent, whoever sends it. */
async function deliverTo(
  team: Team,
  prompt: Prompt,
  watch: WatchPorts,
  { context }: Invocation,
): Promise<Delivered> {
  const ports = promptPorts(team, watch, context)
  const { unit } = await ports.look(prompt.id)
  const manners = mannersOf(team, prompt.id)
  if (unit === null)
    return { id: prompt.id, delivery: 'refused', reason: 'it is not running: team up', submittedAt: null }
  const release = await acquireLock({
    path: join(unit.agentDir, 'send.lock'),
    command: 'team send',
    waitMs: turnOfSendersMs,
    clock: context.clock,
    processes: context.processes,
    interrupted: context.interrupt.stop,
    onWait: () => undefined,
  })
  try {
    return manners === null ? await deliverBlind(prompt, ports) : await deliver(prompt, manners, ports)
  } finally {
    release()
  }
}

async function withAnswers(
  team: Team,
  delivered: readonly Delivered[],
  textFor: (id: AgentId) => string,
  watch: WatchPorts,
  { context, options }: Invocation,
): Promise<CommandResult> {
  const timeout = numberOption(options, 'timeout')
  const taken = delivered.filter(({ delivery }) => isTaken(delivery))
  const now = context.clock.now()
  const prompts = new Map(taken.map(({ id, submittedAt }) => [id, submittedAt ?? now]))
  const answers = answersOf(team, textFor, prompts)
  const turns = await turnsOver(
    prompts,
    { deadline: timeout === null ? null : now + timeout, aborted: context.interrupt.stop },
    { ...watch, answered: answers.told },
  )
  const ends = turns.map((turn) => {
    const answer = turn.end === 'ended' ? answers.now(turn.id) : null
    const failure = turn.end === 'ended' ? answers.failure(turn.id) : null
    // What it had said so far is its answer all the same.
    return failure === null
      ? { ...turn, answer }
      : { ...turn, answer, end: 'blocked' as const, detail: failure }
  })
  const sent = delivered.map((outcome): Sent => {
    const turn = ends.find(({ id }) => id === outcome.id)
    if (turn === undefined) return { ...outcome, answer: null }
    const isSilent = turn.answer === null && answers.readable(turn.id)
    return { ...outcome, reason: outcome.reason ?? reasonOf(turn, isSilent), answer: turn.answer }
  })
  return toResult(sent, exitCodeOf(ends))
}

function reasonOf({ end, detail }: TurnOver, isSilent: boolean): string | null {
  switch (end) {
    case 'ended':
      return isSilent ? 'its turn has ended without an answer' : null
    case 'blocked':
      return `its turn ended in: ${detail ?? 'an error'}`
    case 'gone':
      return 'it has ended meanwhile'
    case 'late':
      return 'its turn goes on'
    case 'aborted':
      return 'no longer waited for; its turn goes on'
    default:
      return end satisfies never
  }
}

function exitCodeOf(turns: readonly TurnOver[]): ExitCode {
  if (turns.some(({ end }) => end === 'aborted')) return ExitCode.interrupted
  if (turns.some(({ end }) => end === 'blocked' || end === 'gone')) return ExitCode.failed
  return turns.some(({ end }) => end === 'late') ? ExitCode.timeout : ExitCode.ok
}

const isTaken = (delivery: Delivered['delivery']): boolean => delivery === 'accepted' || delivery === 'queued'

function toResult(sent: readonly Sent[], exitCode: ExitCode): CommandResult {
  const failed = sent.some(({ delivery }) => !isTaken(delivery))
  return {
    exitCode: failed ? ExitCode.failed : exitCode,
    json: sent.map(({ id, delivery, reason, answer }) => ({ id, delivery, reason, answer })),
    human: () => sentLines(sent),
  }
}

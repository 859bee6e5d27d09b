import type { Activity } from '../../src/model/activity.ts'
import { row } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import type { AgentsSandbox } from './agents-sandbox.ts'

const isFull = process.env.TEAM_TEST_FULL === '1'

/** How often a trial is made: the whole claim, or a few. */
export function repetitions(claimed: number, few: number): number {
  return isFull ? claimed : few
}

/** Everything, or what is quick: an opencode takes ten seconds of a processor to start. Says what is left out. */
export function orQuick<T>(what: string, all: readonly T[], quick: readonly T[]): readonly T[] {
  if (isFull) return all
  console.log(`only with TEAM_TEST_FULL=1: ${what}`)
  return quick
}

/** An opencode under load needs long to start. ms. */
export const patience = 120_000

const target = (agent: string): string => `=t/web/${agent}:`

function screenOf(sandbox: AgentsSandbox, agent: string): string {
  return sandbox.tmux('t', ['capture-pane', '-p', '-t', target(agent)])
}

/** Types a text as a paste, without submitting it. */
export function paste(sandbox: AgentsSandbox, agent: string, text: string): void {
  sandbox.tmux('t', ['set-buffer', '-b', agent, '--', text])
  sandbox.tmux('t', ['paste-buffer', '-p', '-d', '-b', agent, '-t', target(agent)])
}

export function press(sandbox: AgentsSandbox, agent: string, ...keys: readonly string[]): void {
  sandbox.tmux('t', ['send-keys', '-t', target(agent), ...keys])
}

export function untilShown(sandbox: AgentsSandbox, agent: string, text: string | RegExp): Promise<unknown> {
  const shown = (screen: string) => (typeof text === 'string' ? screen.includes(text) : text.test(screen))
  return waitFor(
    `${agent} to show ${text}`,
    async () => {
      await pause(100)
      return shown(screenOf(sandbox, agent))
    },
    patience,
  ).catch((error: unknown) => {
    throw new Error(`${error}\n${screenOf(sandbox, agent)}`)
  })
}

/** Waits for what `team ps` says. */
export function untilActivity(sandbox: AgentsSandbox, agent: string, wanted: Activity): Promise<unknown> {
  return waitFor(
    `${agent} to be ${wanted}`,
    async () => {
      await pause(100)
      return (await row(sandbox, `web:${agent}`)).activity === wanted
    },
    patience,
  ).catch(async (error: unknown) => {
    const { activity, activityDetail } = await row(sandbox, `web:${agent}`)
    throw new Error(`${error}\n${activity} ${activityDetail}\n${screenOf(sandbox, agent)}`)
  })
}

/** Submits a prompt to an idle agent: it must have been shown before Enter is pressed. */
export async function prompt(sandbox: AgentsSandbox, agent: string, text: string): Promise<void> {
  paste(sandbox, agent, text)
  await untilShown(sandbox, agent, text.slice(0, 30))
  // A key that follows a paste at once is taken for a part of it.
  await pause(1_500)
  press(sandbox, agent, 'Enter')
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

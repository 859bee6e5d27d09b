import type { TerminalLook, Turn } from '../../src/model/turn.ts'
import { runtimeOf } from '../../src/runtimes/registry.ts'
import { waitFor } from '../support/wait-for.ts'
import type { AgentKind } from './agent-home.ts'
import type { AgentsSandbox } from './agents-sandbox.ts'

/** How often a trial is made: the whole claim, or a few. */
export function repetitions(claimed: number, few: number): number {
  return process.env.TEAM_TEST_FULL === '1' ? claimed : few
}

/** An opencode under load needs long to start. ms. */
export const patience = 120_000

const target = (agent: string): string => `=t/web/${agent}:`

function look(sandbox: AgentsSandbox, agent: string): TerminalLook {
  const title = sandbox.tmux('t', ['display-message', '-p', '-t', target(agent), '#{pane_title}']).trimEnd()
  return { title, screen: sandbox.tmux('t', ['capture-pane', '-p', '-t', target(agent)]) }
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
      return shown(look(sandbox, agent).screen)
    },
    patience,
  ).catch((error: unknown) => {
    throw new Error(`${error}\n${look(sandbox, agent).screen}`)
  })
}

/** Waits for what the runtime itself makes of its terminal. */
export function untilTurn(
  sandbox: AgentsSandbox,
  agent: string,
  kind: AgentKind,
  wanted: Turn,
): Promise<unknown> {
  const { turn } = runtimeOf(kind)
  return waitFor(
    `${agent} to be ${wanted}`,
    async () => {
      await pause(100)
      const shown = look(sandbox, agent)
      // Gemini calls itself ready before it takes input.
      if (kind === 'gemini' && wanted === 'idle' && !shown.screen.includes('Type your message')) return false
      return turn?.(shown) === wanted
    },
    patience,
  ).catch((error: unknown) => {
    const { title, screen } = look(sandbox, agent)
    throw new Error(`${error}\n${title}\n${screen}`)
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

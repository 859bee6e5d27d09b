import type { AgentSpec } from '../model/agent.ts'
import type { SessionLaunch } from '../model/session.ts'
import { runtimeOf } from '../runtimes/registry.ts'

/** How the agent's conversation is begun and resumed; null: it has none, or its own arguments say. `env`: the agent's. */
export function sessionLaunch(agent: AgentSpec, env: Readonly<Record<string, string>>): SessionLaunch | null {
  const { sessions, argv } = runtimeOf(agent.kind)
  if (sessions === null || agent.args.some((word) => isOwn(word, sessions.ownArguments))) return null
  const home = sessions.home(env)
  const { prompt } = agent
  return {
    runtime: agent.kind,
    resume: agent.resume,
    pinned: sessions.pinned,
    fresh: argv(agent, 'new'),
    resumed: argv({ ...agent, prompt: null }, 'resume'),
    prompted: argv(agent, 'resume'),
    home,
    transcript: sessions.transcript(home, agent.cwd),
    farewell: sessions.farewell,
    prompt: prompt?.text ?? null,
  }
}

/** `--resume` and `--resume=ID`. */
function isOwn(word: string, own: readonly string[]): boolean {
  return own.includes(word.split('=', 1)[0] ?? '')
}

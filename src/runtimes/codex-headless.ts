import { type Headless, jsonLines, objectOf, textOf, usageOf } from './headless.ts'
import { option, program } from './runtime.ts'

export const codexHeadless: Headless = {
  argv: (agent, prompt, session) => [
    ...program(agent, ['codex']),
    ...['exec', '--json', '--skip-git-repo-check'],
    ...option('--model', agent.model),
    ...agent.args,
    // It cannot begin a session with an id of ours.
    ...(session?.resume ? ['resume', '--', session.id] : ['--']),
    prompt,
  ],
  viaInput: (argv) => [...argv.slice(0, -1), '-'],
  output: 'pipe',
  parse(stdout) {
    const lines = jsonLines(stdout)
    const completed = lines.findLast((line) => line.type === 'turn.completed')
    const failed = lines.findLast((line) => line.type === 'turn.failed')
    const said = lines
      .filter((line) => line.type === 'item.completed')
      .map((line) => objectOf(line.item))
      .findLast((item) => item.type === 'agent_message')
    const usage = objectOf(completed?.usage)
    const why = textOf(objectOf(failed?.error).message)
    return {
      text: textOf(said?.text),
      sessionId: textOf(lines.find((line) => line.type === 'thread.started')?.thread_id),
      error: completed === undefined ? (why ?? 'it ended before the turn was complete') : null,
      usage: usageOf(usage.input_tokens, usage.output_tokens),
      costUsd: null,
    }
  },
}

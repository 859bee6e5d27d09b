import { type Headless, jsonLines, noResult, objectOf, textOf, usageOf } from './headless.ts'
import { option, program } from './runtime.ts'

export const geminiHeadless: Headless = {
  argv: (agent, prompt, session) => [
    ...program(agent, ['gemini']),
    ...['--skip-trust', '-o', 'stream-json'],
    ...(session === null ? [] : [session.resume ? '--resume' : '--session-id', session.id]),
    ...option('--model', agent.model),
    ...agent.args,
    // One word: a prompt may begin with a dash.
    `--prompt=${prompt}`,
  ],
  viaInput: null,
  output: 'pipe',
  parse(stdout) {
    const lines = jsonLines(stdout)
    const result = lines.findLast((line) => line.type === 'result')
    const said = lines.filter((line) => line.type === 'message' && line.role === 'assistant')
    const stats = objectOf(result?.stats)
    const failed = result?.status !== 'success'
    const why = textOf(objectOf(result?.error).message)
    return {
      text: said.length === 0 ? null : said.map((line) => textOf(line.content) ?? '').join(''),
      sessionId: textOf(lines.find((line) => line.type === 'init')?.session_id),
      error: failed ? (why ?? noResult) : null,
      usage: usageOf(stats.input_tokens, stats.output_tokens),
      costUsd: null,
    }
  },
}

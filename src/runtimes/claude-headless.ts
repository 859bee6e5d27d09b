import { type Headless, jsonLines, noResult, numberOf, objectOf, textOf, usageOf } from './headless.ts'
import { option, program } from './runtime.ts'

export const claudeHeadless: Headless = {
  argv: (agent, prompt, session) => [
    ...program(agent, ['claude']),
    ...['-p', '--output-format', 'stream-json', '--verbose'],
    ...(session === null ? [] : [session.resume ? '--resume' : '--session-id', session.id]),
    ...option('--model', agent.model),
    ...agent.args,
    ...['--', prompt],
  ],
  viaInput: (argv) => argv.slice(0, -2),
  output: 'file',
  parse(stdout) {
    const lines = jsonLines(stdout)
    const result = lines.findLast((line) => line.type === 'result')
    const sessionId = textOf(lines.findLast((line) => textOf(line.session_id) !== null)?.session_id)
    if (result === undefined) {
      return { text: null, sessionId, error: noResult, usage: null, costUsd: null }
    }
    // An API error has the subtype `success` all the same.
    const failed = result.is_error === true
    const text = textOf(result.result)
    const usage = objectOf(result.usage)
    return {
      text: failed ? null : text,
      sessionId,
      error: failed ? (text ?? textOf(result.subtype) ?? 'unknown error') : null,
      usage: usageOf(usage.input_tokens, usage.output_tokens),
      costUsd: numberOf(result.total_cost_usd),
    }
  },
}

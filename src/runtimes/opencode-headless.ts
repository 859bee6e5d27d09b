import { type Headless, jsonLines, numberOf, objectOf, textOf, usageOf } from './headless.ts'
import { option, program } from './runtime.ts'

export const opencodeHeadless: Headless = {
  argv: (agent, prompt, session) => [
    ...program(agent, ['opencode']),
    ...['run', '--format', 'json'],
    // It cannot begin a session with an id of ours.
    ...(session?.resume ? ['--session', session.id] : []),
    ...option('--model', agent.model),
    ...agent.args,
    ...['--', prompt],
  ],
  viaInput: null,
  output: 'file',
  parse(stdout) {
    const lines = jsonLines(stdout)
    const texts = lines.flatMap((line) =>
      line.type === 'text' ? [textOf(objectOf(line.part).text) ?? ''] : [],
    )
    const finish = objectOf(lines.findLast((line) => line.type === 'step_finish')?.part)
    const failure = lines.findLast((line) => line.type === 'error')
    const why = objectOf(objectOf(failure?.error).data).message
    const tokens = objectOf(finish.tokens)
    return {
      text: texts.at(-1) ?? null,
      sessionId: textOf(lines.find((line) => textOf(line.sessionID) !== null)?.sessionID),
      error:
        failure !== undefined ? (textOf(why) ?? 'unknown error') : texts.length === 0 ? 'no answer' : null,
      usage: usageOf(tokens.input, tokens.output),
      costUsd: numberOf(finish.cost),
    }
  },
}

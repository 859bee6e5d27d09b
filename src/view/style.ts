/** Colours by meaning. Only `createStyle` knows how they look. */

export type Paint = (text: string) => string

export interface Style {
  readonly color: boolean
  readonly ok: Paint
  readonly warn: Paint
  readonly bad: Paint
  readonly dim: Paint
  readonly bold: Paint
  /** The colour of the n-th agent, counted from 0; repeats after a while. */
  readonly agentColor: (index: number) => Paint
}

const asIs: Paint = (text) => text

export const plainStyle: Style = {
  color: false,
  ok: asIs,
  warn: asIs,
  bad: asIs,
  dim: asIs,
  bold: asIs,
  agentColor: () => asIs,
}

/** Loads chalk only when there is something to colour: it costs every other command a few ms of start-up. */
export async function createStyle(options: { readonly color: boolean }): Promise<Style> {
  if (!options.color) return plainStyle
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  // Red is left out: it means that something is wrong.
  const agentColors = [
    chalk.cyan,
    chalk.yellow,
    chalk.green,
    chalk.magenta,
    chalk.blue,
    chalk.cyanBright,
    chalk.yellowBright,
    chalk.greenBright,
    chalk.magentaBright,
    chalk.blueBright,
  ]
  return {
    color: true,
    ok: chalk.green,
    warn: chalk.yellow,
    bad: chalk.red,
    dim: chalk.dim,
    bold: chalk.bold,
    agentColor: (index) => agentColors[index % agentColors.length] ?? asIs,
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether to colour: `--no-color` and NO_COLOR forbid it, FORCE_COLOR and CLICOLOR_FORCE demand it,
 * else it takes a terminal that is not `dumb`. An empty NO_COLOR does not count.
 */
export function wantsColor(input: {
  readonly noColorFlag: boolean
  readonly env: Environment
  readonly isTty: boolean
}): boolean {
  const { env } = input
  if (input.noColorFlag || isSet(env.NO_COLOR)) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (isSet(env.CLICOLOR_FORCE) && env.CLICOLOR_FORCE !== '0') return true
  return input.isTty && terminalObeysEscapes(env) && env.CLICOLOR !== '0'
}

/** False where TERM names no terminal that understands colours and cursor movement. */
export function terminalObeysEscapes(env: Environment): boolean {
  return isSet(env.TERM) && env.TERM !== 'dumb'
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

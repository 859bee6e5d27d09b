import * as z from 'zod/mini'
import { drainModes } from '../model/drain.ts'
import { parseDuration } from '../model/duration.ts'
import { type Grant, parseGrant, permissions } from '../model/grant.ts'
import { longestStringBytes } from '../model/names.ts'
import { parseDrainStep } from './drain-step.ts'
import type { Parsed } from './parsed.ts'
import { parseRestart, restartPolicies } from './restart-text.ts'
import { suggestion } from './suggest.ts'

/**
 * The values that have more than one way to be written; each schema turns them into one form. The error of a
 * value of the wrong type is the noun of what is expected.
 */

/** Adds a description, for editors and for the reference. */
export function described<T extends z.ZodMiniType>(description: string, schema: T): T {
  z.globalRegistry.add(schema, { description })
  return schema
}

/** A key that may be left out. */
export function key<T extends z.ZodMiniType>(description: string, schema: T): z.ZodMiniOptional<T> {
  return described(description, z.optional(schema))
}

/** A text that `parse` understands. */
export function parsedText<T>(expected: string, parse: (text: string) => Parsed<T>) {
  return z.pipe(
    z.string({ error: expected }),
    z.transform((text: string, context): T => {
      const result = parse(text)
      if (result.ok) return result.value
      context.issues.push({ code: 'custom', input: text, message: result.message })
      return z.NEVER
    }),
  )
}

const longestDurationMs = 7 * 24 * 3_600_000

const duration = parsedText('a duration (500ms, 30s, 2m, 1h)', (text): Parsed<number> => {
  const ms = parseDuration(text)
  if (ms === null)
    return { ok: false, message: `bad duration "${text}"; write a number and a unit: 500ms, 30s, 2m, 1h` }
  if (ms > longestDurationMs) return { ok: false, message: `"${text}" is too long; at most 168h` }
  return { ok: true, value: ms }
})

export const notEmpty = () =>
  z.string().check(z.refine((value) => value !== '', { error: 'must not be empty' }))

export const text = notEmpty()

export const yesOrNo = z.boolean({ error: 'true or false' })

export const wholeNumber = () =>
  z.int({ error: (issue) => (issue.code === 'invalid_type' ? 'a whole number' : undefined) })

const argument = z.string().check(
  z.refine((value) => Buffer.byteLength(value) <= longestStringBytes, {
    error: (issue) => tooLong(typeof issue.input === 'string' ? Buffer.byteLength(issue.input) : 0),
  }),
)

export function tooLong(bytes: number): string {
  return `is ${bytes} bytes long; one argument or variable can have at most ${longestStringBytes}`
}

export const args = z.array(argument)

const program = args.check(
  z.refine((argv) => argv.length > 0 && argv[0] !== '', { error: 'names no program' }),
)

export const command = z.union([
  z.pipe(
    argument.check(z.refine((line) => line.trim() !== '', { error: 'must not be empty' })),
    z.transform((line: string) => ['/bin/sh', '-c', line]),
  ),
  program,
])

const step = parsedText('a key, a pause or a signal', parseDrainStep)

const drainSteps = z.union([
  z.pipe(
    step,
    z.transform((only) => [only]),
  ),
  z.array(step).check(z.refine((steps) => steps.length > 0, { error: 'names no step' })),
])

const drainMode = z.enum(drainModes, {
  error: ({ input }) =>
    typeof input === 'string' ? `unknown mode "${input}"${suggestion(input, drainModes)}` : 'a mode',
})

export const drain = z.union([
  z.pipe(
    duration,
    z.transform((timeout) => ({ timeout })),
  ),
  z.strictObject({
    timeout: key('How long the agent may take to end before it is killed. Default 30s.', duration),
    steps: key(
      'Exit sequence, in order: tmux key names, pauses and signal names. Default: that of the runtime.',
      drainSteps,
    ),
    mode: key(
      'What comes of a turn that runs: `interrupt` ends it at once, `finish` lets it end within the time. Default interrupt.',
      drainMode,
    ),
  }),
])

const policy = z.enum(restartPolicies, {
  error: ({ input }) =>
    typeof input === 'string'
      ? `unknown restart policy "${input}"${suggestion(input, restartPolicies)}`
      : 'a restart policy',
})
const off = z.pipe(
  z.literal(false, {
    error: ({ input }) =>
      input === true ? `true is no restart policy${suggestion('true', restartPolicies)}` : 'a restart policy',
  }),
  z.transform(() => 'no' as const),
)

export const restart = z.union([
  parsedText('a restart policy', parseRestart),
  z.pipe(
    off,
    z.transform((none) => ({ policy: none })),
  ),
  z.strictObject({
    policy: key(
      'When an agent that ended is started again: `no`, `on-failure` (a code other than 0, or a signal), `always`, `unless-stopped`.',
      z.union([policy, off]),
    ),
    max: key(
      'Restarts in a row, without a stable run between them, before giving up. Default 10; null or `unlimited`: never gives up.',
      z.union([
        wholeNumber().check(z.minimum(0)),
        z.null(),
        z.pipe(
          z.literal('unlimited', {
            error: ({ input }) =>
              typeof input === 'string' ? 'must be a whole number, null or "unlimited"' : '"unlimited"',
          }),
          z.transform(() => null),
        ),
      ]),
    ),
    backoff: key(
      'The pause before each restart.',
      z.strictObject({
        initial: key('Pause before the first restart. Default 1s.', duration),
        factor: key(
          'Growth of each further pause, 1 to 10. Default 2.',
          z.number().check(z.minimum(1), z.maximum(10)),
        ),
        max: key('Longest pause. Default 60s.', duration),
        reset_after: key(
          'A run at least this long counts as stable and starts the count anew. Default 10m.',
          duration,
        ),
      }),
    ),
  }),
])

const grant = parsedText('a permission', (text): Parsed<Grant> => {
  const value = parseGrant(text)
  if (value !== null) return { ok: true, value }
  const word = text.split(':', 1)[0] ?? ''
  const message = text.endsWith(':')
    ? `"${text}" names nobody; write ${word}, or ${word}:TARGET`
    : `unknown permission "${word}"${suggestion(word, permissions)}`
  return { ok: false, message }
})

export const allow = z.array(grant)

export const tasks = z.strictObject({
  max_parallel: key(
    'How many tasks may run at once over the whole team, 1 to 1000. Default: one for each agent.',
    wholeNumber().check(z.minimum(1), z.maximum(1_000)),
  ),
  on_end: key(
    'Program and arguments that are run once for each task that has ended; a string is run by `/bin/sh -c`.',
    command,
  ),
  on_end_timeout: key('When `on_end` is ended with all that it has started. Default 1m.', duration),
})

const supervisorTypes = { tmux: 'tmux', systemd: 'systemd', launchd: 'launchd' } as const

const supervisorType = z.enum(supervisorTypes, {
  error: ({ input }) => {
    if (typeof input !== 'string') return 'a supervisor'
    return `unknown supervisor "${input}"; it can be tmux, systemd or launchd`
  },
})

export const supervisor = z.union([
  z.pipe(
    supervisorType,
    z.transform((type) => ({ type })),
  ),
  z.strictObject({
    type: key('`tmux`, `systemd` or `launchd`. Default `tmux`.', supervisorType),
    tmux: key(
      'Settings of tmux, which gives the agents their terminals.',
      z.strictObject({
        config: key('A tmux configuration file to source on top of the built-in one.', text),
        history_limit: key(
          'Lines of scrollback that each agent keeps, 0 to 200000. Default 10000.',
          wholeNumber().check(z.minimum(0), z.maximum(200_000)),
        ),
      }),
    ),
    systemd: key(
      'Settings of the systemd supervisor.',
      z.strictObject({
        boot: key('Start the agents with the user manager, at boot or login. Default false.', yesOrNo),
      }),
    ),
    launchd: key(
      'Settings of the launchd supervisor.',
      z.strictObject({ boot: key('Start the agents at login. Default false.', yesOrNo) }),
    ),
  }),
])

import * as z from 'zod/mini'
import { envNameProblem } from '../model/env-name.ts'
import { longestStringBytes, reservedVariables, variablePattern } from '../model/names.ts'
import { described, key, notEmpty, text, tooLong } from './schema-values.ts'

/** The three ways in which a file gives variables to agents, each turned into one form. */

const envFileEntry = z.strictObject({
  path: described('The file.', notEmpty()),
  required: key('Whether it is an error when the file is missing. Default true.', z.boolean()),
})

const envFileItem = z.union([
  z.pipe(
    text,
    z.transform((path) => ({ path, required: true })),
  ),
  z.pipe(
    envFileEntry,
    z.transform(({ path, required = true }) => ({ path, required })),
  ),
])

export const envFile = z.union([
  z.pipe(
    envFileItem,
    z.transform((file) => [file]),
  ),
  z.array(envFileItem),
])

/**
 * Why a variable cannot be set so; null when it can. Never holds the value, nor a name that is none: in a list
 * a stray secret would stand in its place.
 */
export function variableProblem(name: string, value: string | null): string | null {
  if (!variablePattern.test(name))
    return 'the name of a variable has only letters, digits and _, and does not begin with a digit'
  if (name === '__proto__') return `${name} cannot be the name of a variable here`
  if (reservedVariables.has(name)) return `${name} is set by team and cannot be set here`
  const shellProblem = envNameProblem(name)
  if (shellProblem !== null) return `${name} ${shellProblem}`
  const bytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(value ?? '')
  return bytes > longestStringBytes ? `${name} ${tooLong(bytes)}` : null
}

type Variables = Record<string, string | null>

export const env = z.pipe(
  z.union([
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    z.array(z.string()),
  ]),
  z.transform((given, context): Variables => {
    const variables: Variables = {}
    const add = (name: string, value: string | null, place: string | number): void => {
      const message = variableProblem(name, value)
      if (message === null) variables[name] = value
      else context.issues.push({ code: 'custom', input: null, path: [place], message, params: { at: 'key' } })
    }
    if (Array.isArray(given)) {
      for (const [index, item] of given.entries()) {
        const equals = item.indexOf('=')
        const name = equals === -1 ? item : item.slice(0, equals)
        add(name, equals === -1 ? null : item.slice(equals + 1), index)
      }
    } else {
      for (const [name, value] of Object.entries(given))
        add(name, value === null ? null : String(value), name)
    }
    return variables
  }),
)

const variableGlob = z.string().check(
  z.refine((glob) => /^[A-Za-z0-9_*?]+$/.test(glob), {
    error: 'must be the name of a variable, in which * and ? stand for other characters',
  }),
  z.refine((glob) => !reservedVariables.has(glob) && glob !== 'CLAUDECODE', {
    error: 'is never passed on to an agent',
  }),
)

export const passEnv = z.union([
  z.pipe(
    variableGlob,
    z.transform((glob) => [glob]),
  ),
  z.array(variableGlob),
])

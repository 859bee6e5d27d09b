import type { OptionSpec, Options } from '../command.ts'
import { collect, nonNegativeInteger, OptionValueError, positiveInteger } from '../option-parsers.ts'
import type { InputSchema, Property } from './service.ts'
import type { ToolPlan } from './tools.ts'

/** A call's arguments that the tool does not take; the message names the one. */
export class ToolInputError extends Error {}

export type ToolInput = Readonly<Record<string, unknown>>

/** `--older-than <duration>` → its names here and there, and whether it has a value. */
function namesOf({ flags }: OptionSpec) {
  const [, no = '', long = '', value] = /--(no-)?([a-z-]+)(?: <([^>]+)>)?$/.exec(flags) ?? []
  const camel = long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return {
    long: no + long,
    key: camel,
    name: (no + long).replaceAll('-', '_'),
    negated: no !== '',
    valued: value !== undefined,
  }
}

function offered({
  spec,
  options,
}: ToolPlan): readonly (ReturnType<typeof namesOf> & { readonly option: OptionSpec })[] {
  return spec.options
    .map((option) => ({ ...namesOf(option), option }))
    .filter(({ long }) => options.includes(long))
}

export function inputSchema(plan: ToolPlan): InputSchema {
  const properties: Record<string, Property> = {}
  for (const { name, many, required, description } of plan.args) {
    properties[name] = many
      ? { type: 'array', items: { type: 'string' }, ...(required ? { minItems: 1 } : {}), description }
      : { type: 'string', description }
  }
  for (const { name, key, valued, option } of offered(plan)) {
    const preset = plan.preset[key]
    properties[name] = { ...propertyOf(option, valued), ...(preset === undefined ? {} : { default: preset }) }
  }
  return {
    type: 'object',
    properties,
    required: plan.args.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  }
}

function propertyOf({ description, choices, parse }: OptionSpec, valued: boolean): Property {
  if (!valued) return { type: 'boolean', description }
  const words = choices === undefined ? {} : { enum: choices }
  if (parse === collect) return { type: 'array', items: { type: 'string', ...words }, description }
  const isCount = parse === positiveInteger || parse === nonNegativeInteger
  return { type: isCount ? 'integer' : 'string', description, ...words }
}

/** What a call says as the command takes it. @throws ToolInputError */
export function commandLine(plan: ToolPlan, input: ToolInput): { args: readonly string[]; options: Options } {
  const { properties, required } = inputSchema(plan)
  for (const name of required) if (input[name] === undefined) throw new ToolInputError(`"${name}" is missing`)
  for (const [name, value] of Object.entries(input)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property === undefined)
      throw new ToolInputError(`there is no "${name}"; there are: ${Object.keys(properties).join(', ')}`)
    check(name, value, property)
  }
  const args = plan.args.flatMap(({ name }) => textsOf(input[name]))
  const options: Record<string, unknown> = { ...plan.preset }
  for (const { name, key, negated, option } of offered(plan)) {
    const value = input[name]
    if (value === undefined) continue
    options[key] = negated ? value !== true : parsed(name, value, option)
  }
  return { args, options }
}

function check(name: string, value: unknown, property: Property): void {
  const { type, items, enum: words, minItems = 0 } = property
  const wrong = (wanted: string) => new ToolInputError(`"${name}" must be ${wanted}`)
  switch (type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong('true or false')
      return
    case 'integer':
      if (!Number.isSafeInteger(value)) throw wrong('a whole number')
      return
    case 'string':
      if (typeof value !== 'string') throw wrong('a text')
      if (words !== undefined && !words.includes(value)) throw wrong(`one of ${words.join(', ')}`)
      return
    case 'array':
      if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
        throw wrong('a list of texts')
      if (value.length < minItems) throw wrong('a list that is not empty')
      if (items?.enum !== undefined && value.some((item) => !items.enum?.includes(item)))
        throw wrong(`some of ${items.enum.join(', ')}`)
      return
    default:
      throw type satisfies never
  }
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function parsed(name: string, value: unknown, { parse }: OptionSpec): unknown {
  if (parse === undefined || typeof value === 'boolean') return value
  try {
    if (parse === collect) return textsOf(value)
    return parse(String(value), undefined)
  } catch (error) {
    throw error instanceof OptionValueError ? new ToolInputError(`"${name}": ${error.message}`) : error
  }
}

import { type RuntimeKind, runtimeKinds } from '../model/runtime.ts'
import type { DrainFile, EnvMap, RuntimeFile } from './file.ts'
import { addMergedProblem, isBroken, type Loading } from './loading.ts'
import { mergeEnv, mergeKeys } from './merge.ts'
import { suggestion } from './suggest.ts'

/** A runtime that agents can name: a built-in kind, or what `runtimes` makes of one. */
export interface Variant {
  readonly kind: RuntimeKind
  readonly model: string | undefined
  readonly command: readonly string[] | undefined
  /** Those of the runtimes it extends come first. */
  readonly args: readonly string[]
  readonly env: EnvMap
  readonly drain: DrainFile | undefined
  readonly resume: boolean | undefined
}

type RuntimeFiles = Readonly<Record<string, RuntimeFile>>

const isKind = (name: string): name is RuntimeKind => runtimeKinds.some((kind) => kind === name)

const builtIn = (kind: RuntimeKind): Variant => ({
  kind,
  model: undefined,
  command: undefined,
  args: [],
  env: {},
  drain: undefined,
  resume: undefined,
})

/** Every runtime by name. A name whose definition is no good is there with null: its agents are not at fault. */
export function resolveVariants(
  runtimes: RuntimeFiles,
  loading: Loading,
): ReadonlyMap<string, Variant | null> {
  const variants = new Map<string, Variant | null>(runtimeKinds.map((kind) => [kind, builtIn(kind)]))
  for (const name of Object.keys(runtimes)) {
    if (isKind(name)) {
      const hint = `give the variant another name, with "extends: ${name}"`
      addMergedProblem(loading, ['runtimes', name], 'key', `"${name}" is built in; ${hint}`)
    } else {
      resolve(name, [], runtimes, variants, loading)
    }
  }
  return variants
}

function resolve(
  name: string,
  chain: readonly string[],
  runtimes: RuntimeFiles,
  variants: Map<string, Variant | null>,
  loading: Loading,
): Variant | null {
  const known = variants.get(name)
  if (known !== undefined) return known
  const file = runtimes[name]
  const path = ['runtimes', name]
  if (file === undefined) return null
  const base = baseOf(name, file, [...chain, name], runtimes, variants, loading)
  const variant = base === null ? null : derive(base, file)
  if (variant?.kind === 'command' && file.model !== undefined)
    addMergedProblem(loading, [...path, 'model'], 'value', 'the runtime command has no models')
  if (variant?.kind === 'command' && file.resume !== undefined)
    addMergedProblem(loading, [...path, 'resume'], 'value', 'the runtime command has no sessions')
  variants.set(name, variant)
  return variant
}

function baseOf(
  name: string,
  file: RuntimeFile,
  chain: readonly string[],
  runtimes: RuntimeFiles,
  variants: Map<string, Variant | null>,
  loading: Loading,
): Variant | null {
  const path = ['runtimes', name]
  const parent = file.extends ?? (file.command === undefined ? undefined : 'command')
  if (parent === undefined) {
    if (!isBroken(loading, [...path, 'extends']) && !isBroken(loading, [...path, 'command']))
      addMergedProblem(loading, path, 'key', 'needs "extends" or "command"')
    return null
  }
  if (chain.includes(parent)) {
    const circle = [...chain.slice(chain.indexOf(parent)), parent].join(' -> ')
    addMergedProblem(loading, [...path, 'extends'], 'value', `extends itself: ${circle}`)
    return null
  }
  if (!variants.has(parent) && runtimes[parent] === undefined) {
    if (!isBroken(loading, ['runtimes', parent]))
      addMergedProblem(loading, [...path, 'extends'], 'value', unknownRuntime(parent, Object.keys(runtimes)))
    return null
  }
  return resolve(parent, chain, runtimes, variants, loading)
}

function derive(base: Variant, file: RuntimeFile): Variant {
  return {
    kind: base.kind,
    model: file.model ?? base.model,
    command: file.command ?? base.command,
    args: [...base.args, ...(file.args ?? [])],
    env: mergeEnv(base.env, file.env) ?? {},
    drain: mergeKeys(base.drain, file.drain),
    resume: file.resume ?? base.resume,
  }
}

export function unknownRuntime(name: string, defined: readonly string[]): string {
  return `unknown runtime "${name}"${suggestion(name, [...new Set([...runtimeKinds, ...defined])])}`
}

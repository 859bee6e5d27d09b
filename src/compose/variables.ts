import { mayBeSecret } from './hidden.ts'

/** One variable of the calling environment that the result depends on; null: not set. */
export interface ConsultedVariable {
  readonly name: string
  readonly value: string | null
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Looks variables up in the calling environment, then in `.env`, and remembers which were asked for. */
export interface Variables {
  get(name: string): string | undefined
  /** The same, with one more `.env` behind: that of a project's own file. */
  withFallback(values: ReadonlyMap<string, string>): Variables
  consulted(): readonly ConsultedVariable[]
  /** Values that were handed out and may be secrets. */
  secrets(): readonly string[]
}

export function createVariables(env: Environment): Variables {
  return layered(env, { consulted: new Map(), secrets: new Set() }, [])
}

/** What all layers of variables remember together. */
interface Asked {
  readonly consulted: Map<string, string | null>
  readonly secrets: Set<string>
}

function layered(
  env: Environment,
  asked: Asked,
  fallbacks: readonly ReadonlyMap<string, string>[],
): Variables {
  return {
    get(name) {
      const value = Object.hasOwn(env, name) ? env[name] : undefined
      asked.consulted.set(name, value ?? null)
      const found = value ?? fallbacks.find((values) => values.has(name))?.get(name)
      if (found !== undefined && mayBeSecret(name, found)) asked.secrets.add(found)
      return found
    },
    withFallback: (values) => layered(env, asked, [...fallbacks, values]),
    consulted: () => Array.from(asked.consulted, ([name, value]) => ({ name, value })),
    secrets: () => [...asked.secrets],
  }
}

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
}

export function createVariables(env: Environment): Variables {
  return layered(env, new Map(), [])
}

function layered(
  env: Environment,
  consulted: Map<string, string | null>,
  fallbacks: readonly ReadonlyMap<string, string>[],
): Variables {
  return {
    get(name) {
      const value = Object.hasOwn(env, name) ? env[name] : undefined
      consulted.set(name, value ?? null)
      if (value !== undefined) return value
      return fallbacks.find((values) => values.has(name))?.get(name)
    },
    withFallback: (values) => layered(env, consulted, [...fallbacks, values]),
    consulted: () => Array.from(consulted, ([name, value]) => ({ name, value })),
  }
}

/**
 * What the values of the file are before the schema sees them: which are paths, which keep their text, which
 * become a number again after interpolation. Everything else is text with variables in it.
 */
export interface Place {
  /**
   * What a scalar here is. `text`: as written (`1.10` stays `1.10`); `path`: made absolute; `number` and
   * `boolean`: interpolated text is read as one.
   */
  readonly scalar: 'value' | 'text' | 'path' | 'number' | 'boolean'
  /** Fixed keys: the mapping may also hold `x-*`, which are dropped. Keys that are not named are plain values. */
  readonly keys?: Readonly<Record<string, Place>>
  /** The keys are names, and this is what each holds. */
  readonly each?: Place
}

/** A list here has items of the same place as the list itself. */
const value: Place = { scalar: 'value' }
const path: Place = { scalar: 'path' }
const number: Place = { scalar: 'number' }
const boolean: Place = { scalar: 'boolean' }

const env: Place = { scalar: 'value', each: { scalar: 'text' } }
const envFile: Place = { scalar: 'path', keys: { path, required: boolean } }
const restart: Place = {
  scalar: 'value',
  keys: { max: number, backoff: { scalar: 'value', keys: { factor: number } } },
}
const drain: Place = { scalar: 'value', keys: {} }

const limits: Place = { scalar: 'value', keys: { memory: { scalar: 'text' }, cpu: number, tasks: number } }

const agent: Place = {
  scalar: 'value',
  keys: {
    cwd: path,
    prompt_file: path,
    env,
    env_file: envFile,
    restart,
    drain,
    limits,
    resume: boolean,
    mcp: boolean,
  },
}
const runtime: Place = { scalar: 'value', keys: { env, drain, resume: boolean } }

export const projectPlace: Place = {
  scalar: 'path',
  keys: {
    cwd: path,
    env,
    env_file: envFile,
    drain,
    defaults: agent,
    agents: { scalar: 'value', each: agent },
  },
}

export const teamPlace: Place = {
  scalar: 'value',
  keys: {
    supervisor: {
      scalar: 'value',
      keys: {
        tmux: { scalar: 'value', keys: { config: path, history_limit: number } },
        systemd: { scalar: 'value', keys: { boot: boolean } },
        launchd: { scalar: 'value', keys: { boot: boolean } },
      },
    },
    tasks: { scalar: 'value', keys: { max_parallel: number } },
    drain,
    env,
    env_file: envFile,
    defaults: agent,
    runtimes: { scalar: 'value', each: runtime },
    projects: { scalar: 'value', each: projectPlace },
  },
}

export const valuePlace: Place = value

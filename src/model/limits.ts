/** What an agent may use at most, together with everything that it starts. A key that is missing: no limit. */
export interface Limits {
  /** Bytes. */
  readonly memory?: number
  /** Processors; hundredths count. */
  readonly cpu?: number
  /** Processes and threads, those of its terminal included. */
  readonly tasks?: number
}

export const limitNames = ['memory', 'cpu', 'tasks'] as const

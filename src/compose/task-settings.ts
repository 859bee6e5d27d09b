import type { TaskSettings } from '../model/compose.ts'
import type { TasksFile } from './file.ts'
import { addMergedProblem, type Loading } from './loading.ts'

const defaultTimeoutMs = 60_000

export function taskSettings(tasks: TasksFile | null | undefined, loading: Loading): TaskSettings {
  const { max_parallel: maxParallel, on_end: onEnd, on_end_timeout: timeoutMs } = tasks ?? {}
  const place = ['tasks', 'on_end_timeout']
  if (timeoutMs !== undefined && onEnd === undefined)
    addMergedProblem(loading, place, 'key', 'is for `on_end`, which is missing')
  if (timeoutMs === 0) addMergedProblem(loading, place, 'value', 'must be more than 0')
  return {
    maxParallel: maxParallel ?? null,
    onEnd: onEnd ?? null,
    onEndTimeoutMs: timeoutMs ?? defaultTimeoutMs,
  }
}

import type { Job, JobEnd } from '../../model/job.ts'
import type { Headless, HeadlessResult } from '../../runtimes/headless.ts'
import { runtimeOf } from '../../runtimes/registry.ts'

/** Bytes: what a prompt's output is read from is kept whole up to here. */
export const answerBytes = 64 * 1024 * 1024

export const headlessOf = ({ runtime }: Job['record']): Headless | null =>
  runtime === null ? null : runtimeOf(runtime).headless

/** What the output of a prompt says by now; null: it is no prompt. */
export function readAnswer({ record }: Job, stdout: string): HeadlessResult | null {
  return record.kind === 'prompt' ? (headlessOf(record)?.parse(stdout) ?? null) : null
}

/** What a record keeps of it. */
export function answered(answer: HeadlessResult | null): Partial<JobEnd> {
  if (answer === null) return {}
  const { text, sessionId, usage, costUsd } = answer
  return { result: text, sessionId, usage, costUsd }
}

import { byteLogFile } from '../../io/byte-log.ts'
import { type Job, jobLogs } from '../../model/job.ts'
import { taskJson } from '../../view/tasks.ts'
import type { JobPorts } from './ports.ts'

/** What `--json` shows of a task, with what lies beside its record. */
export function taskJsonOf(job: Job | null, { store }: JobPorts): unknown {
  if (job === null) return null
  const { id } = job.record
  return taskJson(job, {
    prompt: job.record.kind === 'prompt' ? store.prompt(id) : null,
    output: byteLogFile(store.directory(id), jobLogs.output),
  })
}

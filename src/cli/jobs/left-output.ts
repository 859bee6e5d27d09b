import { readFileSync, statSync } from 'node:fs'
import { byteLogEnd, createByteLog, readByteLog } from '../../io/byte-log.ts'
import { type Job, type JobEnd, jobLogs } from '../../model/job.ts'
import { answerBytes, answered, readAnswer } from './answer.ts'
import type { JobPorts } from './ports.ts'

/** Bytes of the kept output by which the place is found up to which the file was passed on. */
const tailBytes = 64 * 1024
const newline = 10

/**
 * An agent CLI that writes into a file goes on when its host is killed: what it said is passed on, and its answer read.
 * To be called by one at a time, once the CLI has ended. @throws what the file system throws
 */
export function takeLeftOutput(job: Job, { store }: Pick<JobPorts, 'store'>): Partial<JobEnd> {
  const dir = store.directory(job.record.id)
  const path = `${dir}/${jobLogs.stdout}`
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const stdout = size > answerBytes ? Buffer.alloc(0) : readIfThere(path)
  const log = createByteLog(dir, jobLogs.output)
  log.append(stdout.subarray(passedOn(stdout, dir)))
  log.close()
  return stdout.length === 0 ? {} : answered(readAnswer(job, stdout.toString()))
}

/** How many bytes of it are in the kept output, where what came on stderr stands between them. */
function passedOn(stdout: Buffer, dir: string): number {
  const end = byteLogEnd(dir, jobLogs.output)
  const from = Math.max(0, end - tailBytes)
  const tail = readByteLog(dir, jobLogs.output, from).bytes
  if (end <= stdout.length && stdout.subarray(end - tail.length, end).equals(tail)) return end
  // The last line of it that was kept.
  for (let to = tail.lastIndexOf(newline) + 1; to > 0; ) {
    const start = to < 2 ? 0 : tail.lastIndexOf(newline, to - 2) + 1
    const at = stdout.lastIndexOf(tail.subarray(start, to))
    if (at !== -1) return at + to - start
    to = start
  }
  return end === 0 ? 0 : stdout.length
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

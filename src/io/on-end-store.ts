import { readdirSync, rmSync, unlinkSync } from 'node:fs'
import { systemErrorCode } from '../errors.ts'
import type { JobIdentity, JobLaunch } from '../model/job.ts'
import { isRecord } from '../model/json.ts'
import { linkOnce, readIfExists, writeAtomic } from './files.ts'
import { parseIdentity, parseLaunch } from './job-parse.ts'
import { isJobId } from './job-store.ts'

/** What is to be run once a task has ended. */
export interface OnEnd {
  readonly launch: Pick<JobLaunch, 'argv' | 'env' | 'cwd'>
  readonly timeoutMs: number
}

/**
 * `.on-end/<id>.json` is there from before the task until the command has been run, and `.on-end/<id>.run` names who runs it.
 * That one is made by link(2): of two processes only one runs it.
 */
export interface OnEndStore {
  plan(id: string, onEnd: OnEnd): void
  /** Ids of what has not been run yet, or runs. */
  pending(): readonly string[]
  read(id: string): OnEnd | null
  /** false: another one runs it. */
  claim(id: string, runner: JobIdentity): boolean
  /** null: nobody runs it. */
  runner(id: string): JobIdentity | null
  /** No longer pending; true for one caller only. */
  done(id: string): boolean
}

export function createOnEndStore(tasksDir: string): OnEndStore {
  const dir = `${tasksDir}/.on-end`
  const plan = (id: string) => `${dir}/${id}.json`
  const claim = (id: string) => `${dir}/${id}.run`
  return {
    // Holds the environment, and in it secrets: 0600.
    plan: (id, onEnd) => writeAtomic(plan(id), JSON.stringify(onEnd)),
    pending: () =>
      names(dir).flatMap((name) => {
        const id = name.replace(/\.json$/, '')
        return id !== name && isJobId(id) ? [id] : []
      }),
    read: (id) => parse(readIfExists(plan(id))),
    claim: (id, runner) => linkOnce(claim(id), JSON.stringify(runner)),
    runner: (id) => parseIdentity(json(readIfExists(claim(id)))),
    done(id) {
      try {
        unlinkSync(plan(id))
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return false
        throw error
      }
      rmSync(claim(id), { force: true })
      return true
    },
  }
}

function parse(text: string | null): OnEnd | null {
  const value = json(text)
  if (!isRecord(value) || typeof value.timeoutMs !== 'number') return null
  const launch = parseLaunch(value.launch)
  return launch === null ? null : { launch, timeoutMs: value.timeoutMs }
}

function json(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

function names(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

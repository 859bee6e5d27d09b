import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseStat } from '../../src/io/processes.ts'
import { type JobEnd, type JobRecord, jobVersion } from '../../src/model/job.ts'
import type { TaskJson } from '../../src/view/tasks.ts'
import { ok } from './cli.ts'
import type { CliResult, Sandbox } from './sandbox.ts'
import { waitFor } from './wait-for.ts'

/** Starts a shell task in the background; its id. */
export async function begin(
  sandbox: Sandbox,
  agent: string,
  command: string,
  ...more: string[]
): Promise<string> {
  const { stdout } = await ok(sandbox, ['task', 'run', '-d', agent, '--shell', command, ...more])
  return stdout.trim()
}

export async function shownTask(sandbox: Sandbox, id: string): Promise<TaskJson> {
  const { stdout } = await ok(sandbox, ['task', 'show', id, '--json'])
  const task: TaskJson = JSON.parse(stdout)
  return task
}

export async function listedTasks(sandbox: Sandbox, ...args: string[]): Promise<readonly TaskJson[]> {
  const { stdout } = await ok(sandbox, ['task', 'ls', '-a', '--json', ...args])
  const tasks: readonly TaskJson[] = JSON.parse(stdout)
  return tasks
}

export function untilStatus(sandbox: Sandbox, id: string, status: TaskJson['status']): Promise<TaskJson> {
  return waitFor(
    `${id} to be ${status}`,
    async () => {
      const task = await shownTask(sandbox, id)
      return task.status === status && task
    },
    30_000,
  )
}

/** Waits until the program of a task runs, so that it can be hit. */
export function untilRunning(sandbox: Sandbox, id: string): Promise<TaskJson & { readonly pid: number }> {
  return waitFor(`${id} to run`, async () => {
    const task = await shownTask(sandbox, id)
    return task.pid !== null && task.status === 'running' ? { ...task, pid: task.pid } : false
  })
}

export function jsonOf(result: CliResult): unknown {
  expect(result.stderr).not.toContain('internal')
  return JSON.parse(result.stdout)
}

/** A zombie is dead: only nobody has looked yet. */
export function isAlive(pid: string | number): boolean {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.zombie === false
  } catch {
    return false
  }
}

/** A record of a task of `web:a` that is over, as `task run` leaves one. */
export function writeEnded(sandbox: Sandbox, id: string): void {
  const dir = join(sandbox.dir, '.team/tasks', id)
  const record: JobRecord = {
    ...{
      version: jobVersion,
      id,
      kind: 'shell',
      agent: 'web:a',
      role: null,
      runtime: 'command',
      model: null,
    },
    ...{ command: ['/bin/sh', '-c', 'true'], promptPreview: null, tags: [], sessionId: null, root: '/' },
    ...{
      createdAt: '2026-01-01T00:00:00.000Z',
      parentTaskId: null,
      parentAgent: null,
      timeoutMs: null,
      retryOf: null,
    },
  }
  const end: JobEnd = {
    ...{
      outcome: 'completed',
      reason: null,
      exitCode: 0,
      exitSignal: null,
      finishedAt: '2026-01-01T00:00:01.000Z',
    },
    ...{ sessionId: null, result: null, usage: null, costUsd: null, survivors: [] },
  }
  mkdirSync(dir)
  writeFileSync(join(dir, 'job.json'), JSON.stringify(record))
  writeFileSync(join(dir, 'end.json'), JSON.stringify(end))
}

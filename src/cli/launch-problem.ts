import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { type ErrorDetail, TeamError } from '../errors.ts'
import type { Launch } from '../model/launch.ts'

/** What can be told of a launch before it is tried; null: nothing is known against it. */
export type LaunchCheck = (launch: Launch) => ErrorDetail | null

/** Remembers what it has found: 50 agents of one program and one PATH are looked up once. `first` is asked before all else. */
export function createLaunchCheck(first: LaunchCheck = () => null): LaunchCheck {
  const found = new Map<string, boolean>()
  return (launch) => {
    const refused = first(launch)
    if (refused !== null) return refused
    const wrongDirectory = cwdProblem(launch)
    if (wrongDirectory !== null) return wrongDirectory
    const key = [launch.argv[0], launch.env.PATH, launch.cwd].join('\0')
    const runs = found.get(key) ?? hasProgram(launch)
    found.set(key, runs)
    return runs ? null : missingProgram(launch)
  }
}

export function cwdProblem(launch: Pick<Launch, 'id' | 'cwd'>): ErrorDetail | null {
  if (isDirectory(launch.cwd)) return null
  const fault = existsSync(launch.cwd) ? 'is no directory' : 'does not exist'
  return new TeamError('agent-cwd', `${launch.id}: its working directory ${launch.cwd} ${fault}`, {
    hint: 'make the directory, or correct `cwd` in the compose file',
  }).toDetail()
}

function hasProgram(launch: Launch): boolean {
  return candidates(launch.argv[0] ?? '', launch).some(isExecutable)
}

function missingProgram(launch: Launch): ErrorDetail {
  const [program = ''] = launch.argv
  const where = program.includes('/') ? `from ${launch.cwd}` : 'in its PATH'
  const isThere = program.includes('/') && candidates(program, launch).some((path) => existsSync(path))
  const fault = isThere ? 'it is not executable' : `no such program ${where}`
  return new TeamError('agent-command', `${launch.id}: cannot run ${program}: ${fault}`, {
    hint: isThere
      ? 'make it executable (chmod +x), or correct `command` in the compose file'
      : 'install the program, or correct `command` or PATH in the compose file',
  }).toDetail()
}

/** Where the wrapper's shell would look. */
function candidates(program: string, launch: Launch): readonly string[] {
  if (program.includes('/')) return [isAbsolute(program) ? program : resolve(launch.cwd, program)]
  const path = launch.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'
  return path.split(':').map((directory) => join(resolve(launch.cwd, directory), program))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

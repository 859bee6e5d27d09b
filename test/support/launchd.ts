import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plistString } from '../../src/supervisor/launchd/plist.ts'
import { knownPid } from './known-pid.ts'

const program = fileURLToPath(new URL('launchd/launchctl.mjs', import.meta.url))

/** Do these tests run on the stand-in for launchd? */
export function onLaunchd(): boolean {
  return process.env.TEAM_TEST_SUPERVISOR === 'launchd'
}

/** Makes a `launchctl` that knows the jobs of one home alone. Returns its directory, for PATH. */
export function installLaunchctl(home: string): string {
  const bin = join(home, 'bin')
  const path = join(bin, 'launchctl')
  const words = [process.execPath, program, stateOf(home), home].map((word) => `'${word}'`)
  mkdirSync(bin, { recursive: true })
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(path, 0o755)
  return bin
}

export function launchctl(home: string, args: readonly string[]): { status: number | null; text: string } {
  const path = join(home, 'bin', 'launchctl')
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

/** Ends the stand-in, and the jobs that it holds. */
export function endLaunchd(home: string): void {
  const file = join(stateOf(home), 'pid')
  if (!existsSync(file)) return
  try {
    process.kill(knownPid(Number(readFileSync(file, 'utf8'))), 'SIGTERM')
  } catch {
    // ended by itself
  }
}

export function jobsDirectory(home: string): string {
  return join(home, 'Library', 'Application Support', 'team', 'launchd')
}

/** Name of the tmux server of one job. */
export function socketOfJob(home: string, label: string): string {
  return plistString(readFileSync(join(jobsDirectory(home), `${label}.plist`), 'utf8'), 'TeamSocket') ?? ''
}

function stateOf(home: string): string {
  return join(home, 'launchd')
}

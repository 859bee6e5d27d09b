import { spawnSync } from 'node:child_process'

/** Is this program there, without which `what` is not checked? Says so loudly when it is not. */
export function hasProgram(program: string, what: string): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true
  console.warn(`\n!!! SKIPPED: ${program} is not installed: ${what} NOT CHECKED by this run !!!\n`)
  return false
}

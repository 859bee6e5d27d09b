// Running programs and looking at /proc. Linux only.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export const now = () => performance.now()
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs a program to its end. @returns {ms, stdout}. @throws Error when it fails */
export async function run([file, ...args], { cwd, env, input = '' }) {
  const began = now()
  const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (part) => {
    stdout += part
  })
  child.stderr.on('data', (part) => {
    stderr += part
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve(status ?? signal))
  })
  const ms = now() - began
  if (code === 0) return { ms, stdout }
  throw new Error(`${[file, ...args].join(' ')}\n  ended with ${code}\n${stdout}${stderr}`)
}

/** Waits until `done()`, looking every `ms`; returns ms waited. @throws Error after a minute */
export async function until(what, done, ms = 1) {
  const began = now()
  while (!done()) {
    if (now() - began > 60_000) throw new Error(`still waiting for ${what} after a minute`)
    await pause(ms)
  }
  return now() - began
}

/** False for a zombie: it has ended. */
export function isAlive(pid) {
  const stat = readOrEmpty(`/proc/${pid}/stat`)
  return stat !== '' && !/\) [ZX] /.test(stat)
}

export function killHard(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone meanwhile, which is what was wanted.
  }
}

export function allPids() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Parent pid, and user + system time in ms. null: gone. */
export function statOf(pid) {
  const stat = readOrEmpty(`/proc/${pid}/stat`)
  if (stat === '') return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // In ticks of 10 ms.
  return { ppid: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 }
}

/** Empty when the process is gone. */
export function readOrEmpty(path) {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

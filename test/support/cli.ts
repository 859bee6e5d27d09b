import { expect } from 'vitest'
import type { AgentStatus } from '../../src/model/status.ts'
import type { OutcomesJson } from '../../src/view/outcome-json.ts'
import { processesIn, treesOf, wrappersIn } from './census.ts'
import type { CliResult, RunOptions, Sandbox } from './sandbox.ts'
import { waitFor } from './wait-for.ts'

/** Runs a command that must succeed. */
export async function ok(
  sandbox: Sandbox,
  args: readonly string[],
  options?: RunOptions,
): Promise<CliResult> {
  const result = await sandbox.team(args, options)
  expect(result, `team ${args.join(' ')}: ${result.stderr}${result.stdout}`).toMatchObject({ code: 0 })
  return result
}

/** Rows of `team ps -a --json`, by id. */
export async function rows(
  sandbox: Sandbox,
  args: readonly string[] = [],
): Promise<Readonly<Record<string, AgentStatus>>> {
  const { stdout } = await ok(sandbox, [...args, 'ps', '-a', '--json'])
  const found: readonly AgentStatus[] = JSON.parse(stdout)
  return Object.fromEntries(found.map((row) => [row.id, row]))
}

/** One row, which must be there. */
export async function row(sandbox: Sandbox, id: string): Promise<AgentStatus> {
  const found = (await rows(sandbox))[id]
  if (found === undefined) throw new Error(`ps does not list ${id}`)
  return found
}

/** Waits until `team ps` shows the agent in that state. */
export function untilState(sandbox: Sandbox, id: string, state: AgentStatus['state']): Promise<AgentStatus> {
  return waitFor(`${id} to be ${state}`, async () => {
    const found = await row(sandbox, id)
    return found.state === state && found
  })
}

/** Agents' own pids, by id. */
export async function pids(sandbox: Sandbox): Promise<Readonly<Record<string, number | null>>> {
  const found = await rows(sandbox)
  return Object.fromEntries(Object.entries(found).map(([id, { pid }]) => [id, pid]))
}

/** `<action> <id>` of what `up`, `down`, `reload` or `restart` printed with `--json`. */
export function actionsOf(result: CliResult): readonly string[] {
  const document: OutcomesJson = JSON.parse(result.stdout)
  return document.actions.map(({ action, id }) => `${action} ${id}`)
}

export function outcomesOf(result: CliResult): OutcomesJson['actions'] {
  const document: OutcomesJson = JSON.parse(result.stdout)
  return document.actions
}

/** Nothing of the sandbox runs any more. tmux's own helpers may take a moment to notice. */
export async function nothingLeft(sandbox: Sandbox): Promise<void> {
  const deadline = Date.now() + 3_000
  while (processesIn(sandbox).length > 0 && Date.now() < deadline) await nextLook()
  expect(processesIn(sandbox).map(({ pid, args }) => `${pid} ${args}`)).toEqual([])
}

function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10))
}

/** Exactly one process tree and one wrapper for each id, and nothing else. */
export async function expectOneOfEach(sandbox: Sandbox, ids: readonly string[]): Promise<void> {
  const trees = await treesOf(sandbox, ids)
  expect(Object.keys(trees).sort()).toEqual([...ids].sort())
  expect(Object.values(trees).filter((tree) => tree.length !== 1)).toEqual([])
  expect(wrappersIn(sandbox)).toHaveLength(ids.length)
}

/** A command that had to fail: its exit code, and a short text without a stack trace that says what to try next. */
export function expectError(result: CliResult, code: number, ...texts: readonly (string | RegExp)[]): void {
  const shown = `${result.stderr}${result.stdout}`
  expect(result.code, shown).toBe(code)
  for (const text of texts) expect(shown).toMatch(text instanceof RegExp ? text : new RegExp(literally(text)))
  expect(shown).toMatch(/^ *hint: \S/m)
  expect(shown).not.toMatch(/^\s+at .*[:(]\d+/m)
  expect(shown).not.toContain('internal error')
  expect(result.stderr.split('\n').length).toBeLessThan(12)
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

// What no program on this machine can beat: Node's own start, and one call of tmux.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { now, run, until } from './processes.mjs'
import { readRecord } from './team.mjs'

export const nodeFloor = async (team) =>
  (await run([process.execPath, '-e', '0'], { cwd: team.dir, env: team.env })).ms

/** Node's start and one look at all panes, one after the other. */
export async function psFloor(team) {
  return (await nodeFloor(team)) + (await team.tmux(['list-panes', '-a'])).ms
}

/**
 * Node's start and the one call that starts the server and the wrappers; `started` goes on until every wrapper has
 * told the start of its agent, which is when `team up` returns. Leaves the team running.
 */
export async function upFloor(team, script, input) {
  prepare(team)
  const node = await nodeFloor(team)
  const began = now()
  await run(['tmux', ...script.args], { cwd: '/', env: team.env, input })
  const returned = now() - began
  await until('the wrappers', () => team.agentDirs.every((dir) => readRecord(dir).startsWith('start ')))
  return { returned: node + returned, started: node + now() - began }
}

/** One call that kills every session; the server stays. */
export async function killFloor(team) {
  const input = team.sessions.map((session) => `kill-session -t '=${session}:'\n`).join('')
  return (await team.tmux(['source-file', '-'], input)).ms
}

/** The state in which `team up` starts its wrappers: the files are there, no record is. */
function prepare(team) {
  for (const dir of team.agentDirs) {
    rmSync(join(dir, 'run.log'), { force: true })
    writeFileSync(join(dir, 'desired'), desired('up'))
  }
}

/** The state that `team down` leaves. */
export function asAfterDown(team) {
  for (const dir of team.agentDirs) {
    rmSync(join(dir, 'run.log'), { force: true })
    writeFileSync(join(dir, 'desired'), desired('down'))
  }
}

/** As long as what `team` writes, which changes such a file in place. */
const desired = (word) => `${word.padEnd(39)}\n`

// From an agent's last instruction to whoever waits for its end: `team events -f`, and a drain.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { now, pause, readOrEmpty, until } from './processes.mjs'
import { agentScript, createTeam } from './team.mjs'

/** @returns samples in ms by name */
export async function measureExit({ sandbox, agents, rounds, program }) {
  const name = `exit-${agents}`
  const dir = join(sandbox.root, `cues-${agents}`)
  const command = ['/bin/sh', agentScript('cue.sh'), dir]
  const team = createTeam({ sandbox, name, agents, command, program })
  const names = team.ids.map((id) => id.split(':')[1])
  execFileSync('mkdir', [dir])
  execFileSync(
    'mkfifo',
    names.map((agent) => join(dir, `${agent}.cue`)),
  )
  const files = (index) => ({
    cue: join(dir, `${names[index]}.cue`),
    time: join(dir, `${names[index]}.time`),
  })
  const samples = { 'exit seen by events -f': [], 'exit seen by a drain': [] }
  await team.team(['up'])
  for (let round = 0; round < rounds; round += 1) {
    const index = round % agents
    const id = team.ids[index]
    await pause(200)
    samples['exit seen by events -f'].push(await seenByEvents(team, id, files(index)))
    await team.team(['up', id])
    await pause(200)
    samples['exit seen by a drain'].push(await seenByDrain(team, id, files(index)))
    await team.team(['up', id])
  }
  await team.team(['down', '--now'])
  return samples
}

async function seenByEvents(team, id, { cue, time }) {
  rmSync(time, { force: true })
  const events = startLines(team, ['events', '-f', '--since', '1h', '--json', id], 'stdout')
  try {
    // It begins with what happened so far, which shows that it is ready.
    await until('team events', () => events.lines.length > 0)
    await pause(100)
    const known = events.lines.length
    writeFileSync(cue, '\n')
    const isExit = ({ text }) => JSON.parse(text).event === 'exited'
    await until('the exit', () => events.lines.slice(known).some(isExit))
    return events.lines.slice(known).find(isExit).at - lastInstruction(time)
  } finally {
    await events.stop()
  }
}

async function seenByDrain(team, id, { time }) {
  rmSync(time, { force: true })
  const down = startLines(team, ['down', id, '--progress', 'json'], 'stderr')
  const isDrained = ({ text }) => text.includes('"drained"')
  await until('the drain', () => down.lines.some(isDrained))
  const seen = down.lines.find(isDrained).at
  await down.ended
  return seen - lastInstruction(time)
}

/** Lines of a running `team`, with the wall-clock time in ms at which each came. */
function startLines(team, args, stream) {
  const [file, ...rest] = team.argv(args)
  const child = spawn(file, rest, { cwd: team.dir, env: team.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const offset = wallOffset()
  const lines = []
  child[stream === 'stdout' ? 'stderr' : 'stdout'].resume()
  createInterface({ input: child[stream] }).on('line', (text) => lines.push({ text, at: offset + now() }))
  const ended = new Promise((resolve) => child.on('close', resolve))
  return { lines, ended, stop: () => child.kill('SIGTERM') && ended }
}

/** Wall clock minus our own, in ms: Date.now() alone is only good to the millisecond. */
function wallOffset() {
  const before = Date.now()
  while (Date.now() === before);
  return Date.now() - now()
}

/** ms; the file may be written only when its process ends. */
function lastInstruction(path) {
  const ns = readOrEmpty(path).trim()
  if (!/^\d{19}$/.test(ns))
    throw new Error(`${path} holds no time: ${JSON.stringify(readFileSync(path, 'utf8'))}`)
  return Number(BigInt(ns) / 1_000n) / 1_000
}

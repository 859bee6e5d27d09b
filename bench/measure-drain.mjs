// `team down` of agents that end 100 ms after a Ctrl-C, beside 100 ms and one call that kills as many sessions.
import { asAfterDown, killFloor, upFloor } from './floors.mjs'
import { pause } from './processes.mjs'
import { recordStart } from './script.mjs'
import { agentScript, createTeam, expectRunning } from './team.mjs'

/** What bench/agents/drain.pl takes. */
const exitDelayMs = 100

/** @returns samples in ms by name */
export async function measureDrain({ sandbox, agents, rounds, program }) {
  const command = ['perl', agentScript('drain.pl')]
  const team = createTeam({ sandbox, name: `drain-${agents}`, agents, command, program })
  const samples = { drain: [], 'drain floor': [] }
  const script = await recordStart(team)
  await team.team(['down', '--now'])
  for (let round = 1; round <= rounds; round += 1) {
    const parts = [() => commandRound(team, samples), () => floorRound(team, script, samples)]
    for (const part of round % 2 === 0 ? parts : parts.reverse()) await part()
  }
  return samples
}

async function commandRound(team, samples) {
  await team.team(['up'])
  await expectRunning(team)
  await pause(300)
  const { ms, stdout } = await team.team(['down'])
  const graceful = stdout.match(/ drained in /g)?.length ?? 0
  if (graceful !== team.ids.length) throw new Error(`${team.name}: not all ended gracefully\n${stdout}`)
  samples.drain.push(ms)
}

async function floorRound(team, script, samples) {
  await upFloor(team, script, script.all)
  await pause(300)
  const wrappers = await team.wrapperPids()
  samples['drain floor'].push(exitDelayMs + (await killFloor(team)))
  await team.stop(wrappers)
  asAfterDown(team)
}

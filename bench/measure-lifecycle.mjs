// ps, up, up again and reload of agents that do nothing, each beside its floor, round by round.
import { asAfterDown, psFloor, upFloor } from './floors.mjs'
import { pause } from './processes.mjs'
import { recordStart } from './script.mjs'
import { createTeam, expectRunning, idle } from './team.mjs'

/** @returns samples in ms by name */
export async function measureLifecycle({ sandbox, agents, rounds, program }) {
  const team = createTeam({ sandbox, name: `idle-${agents}`, agents, command: idle, program })
  const samples = {}
  const add = (name, ms) => {
    samples[name] ??= []
    samples[name].push(ms)
  }
  // The first one ever also writes every file.
  add('up, first ever', (await team.team(['up'])).ms)
  await team.team(['down', '--now'])
  const script = await recordStart(team)
  await expectRunning(team)
  await team.team(['down', '--now'])
  for (let round = 1; round <= rounds; round += 1) {
    const parts = [
      () => commandRound(team, round, add),
      () => floorRound(team, script, 'wrappers', add),
      () => floorRound(team, script, 'all', add),
    ]
    // Whatever comes first in a round profits from nothing in particular.
    for (const part of round % 2 === 0 ? parts : parts.reverse()) await part()
  }
  return samples
}

async function commandRound(team, round, add) {
  add('up', (await team.team(['up'])).ms)
  await expectRunning(team)
  await quiet()
  const inTurns = [
    async () => add('ps floor', await psFloor(team)),
    async () => add('ps', (await team.team(['ps'])).ms),
    async () => add('up again', (await team.team(['up'])).ms),
  ]
  for (const part of round % 2 === 0 ? inTurns : inTurns.reverse()) await part()
  team.write({ comment: `round ${round}`, revision: round - 1 })
  add('ps, file just changed', (await team.team(['ps'])).ms)
  team.write({ comment: `round ${round}`, revision: round })
  add('reload, 1 changed', (await team.team(['reload'])).ms)
  await expectRunning(team)
  add('down --now', (await team.team(['down', '--now'])).ms)
}

async function floorRound(team, script, part, add) {
  const { returned, started } = await upFloor(team, script, script[part])
  add(`up floor, ${part}`, returned)
  add(`up floor, ${part}, until started`, started)
  await quiet()
  await team.stop(await team.wrapperPids())
  asAfterDown(team)
}

/** Wrappers still write down their starts when a command returns. */
const quiet = () => pause(150)

// Samples -> rows of the report: value, floor, ratio, target, verdict.
import { median, quantile } from './stats.mjs'

/** Targets are for this many agents; other sizes are shown beside them. */
const targetAgents = 50

/** Name of the samples, its floor, and at most so many times the floor. */
const timed = [
  ['ps', 'ps floor', 1.75],
  ['ps, file just changed', 'ps floor', 3],
  ['up', 'up floor, wrappers', 1.5],
  ['up', 'up floor, all', null],
  ['up', 'up floor, wrappers, until started', null],
  ['up again', 'ps floor', 1.75],
  ['up, first ever', null, null],
  ['reload, 1 changed', null, null],
  ['down --now', null, null],
  ['drain', 'drain floor', 1.5],
]

export function timedRows(agents, samples) {
  return timed
    .filter(
      ([name, floor]) => samples[name] !== undefined && (floor === null || samples[floor] !== undefined),
    )
    .map(([name, floorName, maxRatio]) => {
      const value = median(samples[name])
      const floor = floorName === null ? null : median(samples[floorName])
      const ratio = floor === null ? null : value / floor
      const target = agents === targetAgents ? maxRatio : null
      const ok = target === null ? null : ratio <= target
      return {
        agents,
        what: floorName === null ? name : `${name} / ${floorName}`,
        unit: 'ms',
        value,
        floor,
        ratio,
        target: target === null ? null : `${target} x`,
        ok,
        rounds: samples[name].length,
      }
    })
}

const exitTargetMs = 20

export function exitRows(agents, samples) {
  return Object.entries(samples).flatMap(([name, values]) => [
    valueRow(agents, `${name}, median`, 'ms', median(values), agents === targetAgents ? exitTargetMs : null),
    valueRow(agents, `${name}, p90`, 'ms', quantile(values, 0.9), null),
  ])
}

/** tmux processes, for any number of agents; a drain may also poll. */
const callTargets = { ps: 1, up: 3, 'up, first ever': 3, 'up again': 3, down: 3 }

export function callRows(agents, calls) {
  return Object.entries(calls).map(([name, list]) =>
    valueRow(agents, `tmux processes of ${name}`, '', list.length, callTargets[name] ?? null),
  )
}

const memoryTargetMb = 3

export function idleRows(agents, { memory, seconds, processes, cpuMs, switches }) {
  const target = agents === targetAgents ? memoryTargetMb : null
  const mb = (kb) => kb / 1024
  return [
    valueRow(agents, 'wrapper and logger per agent, PSS', 'MB', mb(memory.pssKb), target),
    valueRow(agents, 'wrapper and logger per agent, RSS', 'MB', mb(memory.rssKb), null),
    valueRow(agents, 'of that the wrapper, PSS', 'MB', mb(memory.wrapperPssKb), null),
    valueRow(agents, 'of that the logger, PSS', 'MB', mb(memory.loggerPssKb), null),
    valueRow(agents, `CPU of ${processes} processes in ${seconds} idle s`, 'ms', cpuMs, null),
    valueRow(agents, `context switches in ${seconds} idle s`, '', switches, null),
  ]
}

function valueRow(agents, what, unit, value, target) {
  const ok = target === null ? null : value <= target
  const shown = target === null ? null : `${target} ${unit}`.trim()
  return { agents, what, unit, value, floor: null, ratio: null, target: shown, ok, rounds: null }
}

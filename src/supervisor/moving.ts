import type { SupervisorKind } from '../model/compose.ts'
import type { StartRequest, Supervisor } from '../model/supervisor.ts'
import type { Observation } from '../model/unit.ts'

/**
 * The supervisor that the file names, beside others that still hold units of the team: those are observed, drained and
 * removed where they are, and every start is in the current one.
 */
export function createMovingSupervisor(current: Supervisor, others: readonly Supervisor[]): Supervisor {
  const all = [current, ...others]
  const byKind = new Map<SupervisorKind, Supervisor>(all.map((supervisor) => [supervisor.kind, supervisor]))
  const of = (kind: SupervisorKind) => byKind.get(kind) ?? current
  const heldBy = (units: readonly Observation[], { kind }: Supervisor) =>
    units.filter(({ unit }) => unit.supervisor === kind)

  return {
    kind: current.kind,
    preflight: (starting) => current.preflight(starting),
    observe: async (looks, seenAt) =>
      oneOfEach((await Promise.all(all.map((held) => held.observe(looks, seenAt)))).flat()),
    async start(requests) {
      const moved = requests.flatMap(({ replaces }) => (replaces === null ? [] : [replaces]))
      await Promise.all(
        others.map(async (other) => {
          const units = heldBy(moved, other)
          if (units.length > 0) await other.remove(units, { shutdown: true })
        }),
      )
      return current.start(requests.map((request) => inCurrent(request, current)))
    },
    foreseeStart: () => current.foreseeStart?.(),
    async release() {
      await current.release?.()
    },
    async drain(units, options) {
      const outcomes = all.map((held) => {
        const own = heldBy(units, held)
        return own.length === 0 ? [] : held.drain(own, options)
      })
      return (await Promise.all(outcomes)).flat()
    },
    async remove(units, options) {
      const removals = all.map(async (held) => {
        const own = heldBy(units, held)
        if (own.length > 0 || options.shutdown) await held.remove(own, options)
      })
      await Promise.all(removals)
    },
    async mend(kept) {
      const mended = all.map((held) => {
        const own = kept.filter(({ unit }) => unit.unit.supervisor === held.kind)
        return own.length === 0 ? undefined : held.mend?.(own)
      })
      return new Map((await Promise.all(mended)).flatMap((failed) => [...(failed ?? [])]))
    },
    problem: (launch) => current.problem?.(launch) ?? null,
    sweep: (markers, ended) => current.sweep(markers, ended),
    terminal: (unit) => of(unit.supervisor).terminal(unit),
  }
}

function inCurrent({ launch, replaces }: StartRequest, { kind }: Supervisor): StartRequest {
  return { launch, replaces: replaces?.unit.supervisor === kind ? replaces : null }
}

/** Of an agent that two supervisors hold a unit of, the one that runs. */
function oneOfEach(units: readonly Observation[]): readonly Observation[] {
  const found = new Map<string, Observation>()
  for (const unit of units) {
    const other = found.get(unit.id)
    if (other === undefined || other.liveness === 'exited') found.set(unit.id, unit)
  }
  return [...found.values()]
}

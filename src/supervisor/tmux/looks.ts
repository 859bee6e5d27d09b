import type { TerminalLook } from '../../model/activity.ts'
import type { AgentId } from '../../model/agent.ts'
import type { Observation } from '../../model/unit.ts'
import { sessionName } from '../../terminal/tmux-boot.ts'
import { exactTarget } from '../../terminal/tmux-quote.ts'
import { lookFormat, parseLook } from '../look.ts'

type Command = readonly string[]

/** Looks at many terminals in the call that lists them. */
export interface LookRequest {
  readonly commands: readonly Command[]
  /** Takes the looks off what tmux printed; `listing` is what stands before them. */
  readonly parse: (stdout: string) => {
    readonly listing: string
    readonly looks: ReadonlyMap<string, TerminalLook>
  }
}

/** `nonce`: a word that no agent can know, and so cannot print to pass for another. Looks are found by pane. */
export function lookCommands(team: string, ids: readonly AgentId[], nonce: string): LookRequest {
  const mark = `team-look-${nonce} `
  const format = `${mark}#{pane_id} ${lookFormat}`
  return {
    commands: ids.flatMap((id) => {
      const [project = '', agent = ''] = id.split(':')
      const target = exactTarget(sessionName(team, project, agent))
      return [
        ['display-message', '-p', '-t', target, format],
        ['capture-pane', '-p', '-t', target],
      ]
    }),
    parse(stdout) {
      const [listing = '', ...parts] = `\n${stdout}`.split(`\n${mark}`)
      const looks = parts.map((part): [string, TerminalLook] => {
        const [head = '', ...lines] = part.split('\n')
        const end = head.indexOf(' ')
        return [head.slice(0, end), parseLook(head.slice(end + 1), lines)]
      })
      return { listing: listing.slice(1), looks: new Map(looks) }
    },
  }
}

/** A pane that is not its window's active one (somebody has split it) is not seen. */
export function withLook(unit: Observation, looks: ReadonlyMap<string, TerminalLook>): Observation {
  const look = looks.get(unit.unit.handle)
  return look === undefined ? unit : { ...unit, look }
}

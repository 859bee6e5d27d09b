import type { TerminalLook } from '../../model/activity.ts'
import type { AgentId } from '../../model/agent.ts'
import type { Observation } from '../../model/unit.ts'
import { sessionName } from '../../terminal/tmux-boot.ts'
import { exactTarget, tmuxLine } from '../../terminal/tmux-quote.ts'
import { lookFormat, parseLook } from '../look.ts'

type Command = readonly string[]

type Looked = TerminalLook | 'unchanged'

/** Looks at many terminals in the call that lists them. */
export interface LookRequest {
  readonly commands: readonly Command[]
  /** Takes the looks off what tmux printed; `listing` is what stands before them. */
  readonly parse: (stdout: string) => {
    readonly listing: string
    readonly looks: ReadonlyMap<string, Looked>
  }
}

/**
 * `nonce`: a word that no agent can know, and so cannot print to pass for another. Looks are found by pane. Of one that
 * was looked at before, tmux itself knows whether it has shown something in that second or since.
 */
export function lookCommands(
  team: string,
  ids: readonly AgentId[],
  nonce: string,
  seenAt: ReadonlyMap<AgentId, number> = new Map(),
): LookRequest {
  const mark = `team-look-${nonce} `
  const format = `${mark}#{pane_id} ${lookFormat}`
  return {
    commands: ids.flatMap((id) => {
      const [project = '', agent = ''] = id.split(':')
      const target = exactTarget(sessionName(team, project, agent))
      const look: readonly Command[] = [
        ['display-message', '-p', '-t', target, format],
        ['capture-pane', '-p', '-t', target],
      ]
      const at = seenAt.get(id)
      if (at === undefined) return look
      const isStill = `#{e|<|:#{window_activity},${at}}`
      const say = ['display-message', '-p', '-t', target, `${mark}#{pane_id} ${unchanged}`]
      return [['if-shell', '-F', '-t', target, isStill, tmuxLine(say), look.map(tmuxLine).join(' ; ')]]
    }),
    parse(stdout) {
      const [listing = '', ...parts] = `\n${stdout}`.split(`\n${mark}`)
      const looks = parts.map((part): [string, Looked] => {
        const [head = '', ...lines] = part.split('\n')
        const end = head.indexOf(' ')
        if (head.slice(end + 1) === unchanged) return [head.slice(0, end), 'unchanged']
        return [head.slice(0, end), parseLook(head.slice(end + 1), lines)]
      })
      return { listing: listing.slice(1), looks: new Map(looks) }
    },
  }
}

/** In the place of a look, which begins with the cursor's column. */
const unchanged = '='

/** A pane that is not its window's active one (somebody has split it) is not seen. */
export function withLook(unit: Observation, looks: ReadonlyMap<string, Looked>): Observation {
  const look = looks.get(unit.unit.handle)
  if (look === 'unchanged') return { ...unit, unchanged: true }
  return look === undefined ? unit : { ...unit, look }
}

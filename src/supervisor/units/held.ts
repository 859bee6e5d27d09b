import type { Launch } from '../../model/launch.ts'
import { labelsOf } from '../labels.ts'
import { type ParsedUnit, parseUnitLabels, type UnitFormat, unitName } from './format.ts'
import type { SocketPlace } from './place.ts'

/**
 * Variable of a unit's main process that says what its file says: whose it is, for as long as it runs, whatever becomes
 * of the file.
 */
export const heldVariable = 'TEAM_HELD'

/** No blank, quote or backslash: init systems show it as it is. */
export function heldText(launch: Launch, { name, directory }: SocketPlace): string {
  return [labelsOf(launch), name, encodeURIComponent(directory)].join('|').replaceAll("'", '%27')
}

/** The value in a text that an init system shows; null: it has none. */
export function heldIn(text: string): string | null {
  return new RegExp(`\\b${heldVariable}(?:=| => )([^\\s"']+)`).exec(text)?.[1] ?? null
}

/** What the unit of that name was started as. null: nothing of this team, or another unit. */
export function parseHeld(
  text: string | null,
  team: string,
  name: string,
  format: UnitFormat,
): ParsedUnit | null {
  const fields = text?.split('|') ?? []
  const [socket = null, directory = null] = fields.splice(-2)
  const parsed = parseUnitLabels({ labels: fields.join('|'), socket, directory }, team)
  if (parsed === null) return null
  const [project = '', agent = ''] = parsed.labels.id.split(':')
  return unitName({ team, project, agent }, format) === name ? parsed : null
}

/** A unit of ours that does not say what it was started as. null: no agent's name. */
export function unreadableUnit(
  team: string,
  name: string,
  agentDir: string,
  { prefix, suffix }: UnitFormat,
): ParsedUnit | null {
  const [, project = '', agent = ''] = name.slice(prefix.length, name.length - suffix.length).split('.')
  const labels = ['', team, `${project}:${agent}`, '', '', encodeURIComponent(agentDir)].join('|')
  return parseUnitLabels({ labels, socket: null, directory: null }, team)
}

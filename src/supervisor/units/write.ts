import { join } from 'node:path'
import { writeIfChanged } from '../../io/files.ts'
import type { Launch } from '../../model/launch.ts'
import type { TmuxServer } from '../../terminal/tmux-server.ts'
import { runnerFile, runnerFiles, sessionFile } from '../runner-file.ts'
import { type UnitFormat, unitName } from './format.ts'
import type { SocketPlace } from './place.ts'

/** What units are made with, whoever installs them. */
export interface UnitHost {
  /** The tmux server that listens there. */
  readonly server: (socket: SocketPlace) => TmuxServer
  /** Where the terminal of a new unit listens; unique on this host, as the marker is. */
  readonly socketFor: (marker: string) => Promise<SocketPlace>
  /** Environment of the runner and of the terminals. No secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Runs the runner. Absolute. */
  readonly shell: string
  /** Text of a file that is shipped beside the program. */
  readonly template: (name: string) => string
  /** A text as one word of a shell. */
  readonly quote: (text: string) => string
}

export interface UnitText {
  readonly name: string
  /** Name of its file. */
  readonly file: string
  readonly text: string
}

const runnerTemplate = 'agent-runner.sh'

/** Writes what the units run into the state directory. Resolves with the units themselves, which are not written. */
export async function writeUnits(
  launches: readonly Launch[],
  format: UnitFormat,
  host: UnitHost,
): Promise<readonly UnitText[]> {
  const { quote, shell, env, template, server } = host
  const unitTemplate = template(format.template)
  return Promise.all(
    launches.map(async (launch) => {
      const socket = await host.socketFor(launch.marker)
      const runner = join(launch.stateDir, runnerTemplate)
      writeIfChanged(runner, template(runnerTemplate))
      writeIfChanged(join(launch.agentDir, runnerFiles.session), sessionFile(launch, quote))
      const text = runnerFile(launch, server(socket), quote)
      writeIfChanged(join(launch.agentDir, runnerFiles.unit), text)
      const name = unitName(launch, format)
      return {
        name,
        file: `${name}${format.extension}`,
        text: format.render(unitTemplate, { launch, name, shell, runner, env, socket }),
      }
    }),
  )
}

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Clock } from '../io/clock.ts'
import { makePrivateDirectory, readIfExists, writeIfChanged } from '../io/files.ts'
import { writeLaunchFiles } from '../io/records.ts'
import { recordPlace, type TeamPlace } from '../io/team-place.ts'
import type { Launch } from '../model/launch.ts'
import { renderCommandFile } from '../render/command-file.ts'
import { renderEnvFile } from '../render/env-file.ts'
import { stateFiles } from '../render/launch.ts'
import { renderWrapper, type ShellHost } from '../render/wrapper.ts'
import { chooseStarts } from './sessions.ts'
import { readTemplate } from './team.ts'

/** Writes everything that the launches are started from. @throws TeamError `state-unwritable` */
export async function writeLaunches(
  stateDir: string,
  place: TeamPlace,
  launches: readonly Launch[],
  clock: Clock,
  warn: (text: string) => void,
): Promise<void> {
  makePrivateDirectory(stateDir)
  writeIfChanged(join(stateDir, '.gitignore'), '*\n')
  recordPlace(stateDir, place)
  writeWrapper(stateDir)
  writeIfChanged(join(stateDir, stateFiles.logger), readTemplate(stateFiles.logger))
  const eventsFile = join(stateDir, stateFiles.events)
  const starts = await chooseStarts(stateDir, launches, clock)
  for (const [launch, { argv, again, warning }] of starts) {
    if (warning !== null) warn(warning)
    writeLaunchFiles(launch.agentDir, {
      env: renderEnvFile(launch.env),
      command: renderCommandFile({ ...launch, argv }, eventsFile),
      again,
    })
  }
}

/** The text depends on the host's tools; asking them costs two processes, so only a text that fits neither answer is made anew. */
function writeWrapper(stateDir: string): void {
  const path = join(stateDir, stateFiles.wrapper)
  const template = readTemplate(stateFiles.wrapper)
  const current = readIfExists(path)
  const known = possibleHosts.some((host) => renderWrapper(template, host) === current)
  if (!known) writeIfChanged(path, renderWrapper(template, askHost()))
}

const possibleHosts: readonly ShellHost[] = [
  { gnuEnv: true, gnuDate: true },
  { gnuEnv: false, gnuDate: true },
  { gnuEnv: true, gnuDate: false },
  { gnuEnv: false, gnuDate: false },
]

function askHost(): ShellHost {
  const run = (file: string, args: readonly string[]) =>
    spawnSync(file, args, { encoding: 'utf8', timeout: 5_000 })
  return {
    gnuEnv: run('/usr/bin/env', ['--default-signal', 'true']).status === 0,
    gnuDate: /^\d{3}$/.test(run('date', ['+%3N']).stdout?.trim() ?? ''),
  }
}

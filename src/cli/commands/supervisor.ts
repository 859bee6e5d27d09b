import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ExitCode, TeamError } from '../../errors.ts'
import { makeDirectories, unwritable } from '../../io/files.ts'
import type { Launch } from '../../model/launch.ts'
import { jobFormat } from '../../supervisor/launchd/job-file.ts'
import { serviceFormat } from '../../supervisor/systemd/unit-file.ts'
import { writeUnits } from '../../supervisor/units/write.ts'
import { type Run, stringOption } from '../command.ts'
import type { Context } from '../context.ts'
import { openTeam, readTemplate } from '../team.ts'
import { unitHost } from '../unit-host.ts'
import { writeLaunches } from '../write-launches.ts'

/** For people who install units by their own means: they run what lies in the state directory. */
export const supervisor: Run = async ({ context, args, options }) => {
  const [action = ''] = args
  const given = stringOption(options, 'dir')
  if (action !== 'export' || given === null) {
    throw new TeamError('usage', action === 'export' ? 'export needs --dir' : `unknown action "${action}"`, {
      hint: 'run: team supervisor export --dir DIR',
    })
  }
  const team = await openTeam(context)
  const { type } = team.compose.supervisor
  if (type === 'tmux') {
    const hint = 'write `supervisor: systemd` or `supervisor: launchd`'
    throw new TeamError('usage', `${type} has no units to export`, { hint })
  }
  const format = type === 'systemd' ? serviceFormat : jobFormat
  // Its wrappers read what is about to be written.
  const running = (await team.supervisor.observe()).find((unit) => unit.liveness !== 'exited')
  if (running !== undefined) {
    throw new TeamError('usage', `${running.id} is up`, { hint: 'run first: team down' })
  }
  const launches = team.launches()
  await refuseLimits(launches, context)
  const place = { name: team.compose.name, tmuxTmpdir: team.tmuxTmpdir }
  await writeLaunches(team.stateDir, place, launches, context.clock, (text) => {
    context.stderr.write(`${context.errorStyle.warn('warning:')} ${text}\n`)
  })
  const directory = resolve(context.cwd, given)
  const units = await writeUnits(launches, format, unitHost(context.env, readTemplate))
  const paths = units.map(({ file, text }) => writeUnit(join(directory, file), text, directory, format.mode))
  return { exitCode: ExitCode.ok, json: paths, human: () => paths.join('\n') }
}

/** @throws TeamError `limits-unavailable`: systemd would take them, and not keep them */
async function refuseLimits(launches: readonly Launch[], { env }: Context): Promise<void> {
  if (launches.every(({ limits }) => limits === undefined)) return
  const { systemdLimitCheck } = await import('../systemd.ts')
  const problem = launches.map(await systemdLimitCheck(env)).find((found) => found !== null)
  if (problem !== undefined) throw problem
}

/** @throws TeamError `state-unwritable` */
function writeUnit(path: string, text: string, directory: string, mode: number): string {
  try {
    makeDirectories(directory)
    writeFileSync(path, text, { mode })
    return path
  } catch (error) {
    throw unwritable(path, error, 'make it writable, or name another directory with --dir')
  }
}

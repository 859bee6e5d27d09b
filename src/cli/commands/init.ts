import { existsSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { ExitCode, systemErrorCode, TeamError } from '../../errors.ts'
import { shellQuote } from '../../render/quote.ts'
import type { Run } from '../command.ts'
import { readTemplate } from '../team.ts'

/** Writes the starter file; never over another one. */
export const init: Run = async ({ context }) => {
  const [named, ...more] = context.globals.files
  if (named === '-' || more.length > 0)
    throw new TeamError('usage', 'init writes one file', { hint: 'name it: team -f PATH init' })
  const path = resolve(context.cwd, named ?? 'team.yaml')
  const other = named === undefined ? join(context.cwd, 'team.yml') : path
  const taken = [path, other].find((candidate) => existsSync(candidate))
  if (taken !== undefined) throw exists(taken)
  try {
    writeFileSync(path, readTemplate('team.init.yaml'), { flag: 'wx' })
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') throw exists(path)
    throw new TeamError(
      'command-failed',
      `cannot write ${path}: ${systemErrorCode(error) ?? 'unknown error'}`,
      {
        hint: 'choose another place: team -f PATH init',
        cause: error,
      },
    )
  }
  const shown = relative(context.cwd, path) || basename(path)
  return {
    exitCode: ExitCode.ok,
    json: { file: path },
    human: () =>
      `wrote ${shown}: edit it, then run: team ${named === undefined ? '' : `-f ${shellQuote(shown)} `}up`,
  }
}

function exists(path: string): TeamError {
  return new TeamError('file-exists', `${path} is already there`, { hint: 'edit it, or remove it first' })
}

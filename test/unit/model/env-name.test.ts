import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { envNameProblem } from '../../../src/model/env-name.ts'

/** Names that some shell is known to treat in a way of its own, and a few that only look like it. */
const suspects = [
  ...[
    'UID',
    'EUID',
    'PPID',
    'OPTIND',
    'OPTARG',
    'LINENO',
    'RANDOM',
    'SECONDS',
    'SHLVL',
    'IFS',
    'PATH',
    'PS1',
    'PS4',
  ],
  ...[
    'BASHPID',
    'BASH_ENV',
    'BASH_COMMAND',
    'BASHOPTS',
    'SHELLOPTS',
    'GROUPS',
    'HISTCMD',
    'EPOCHSECONDS',
    'ENV',
  ],
  ...[
    'FUNCNAME',
    'DIRSTACK',
    'SRANDOM',
    'CDPATH',
    'PWD',
    'OLDPWD',
    'TERM',
    'HOME',
    'LC_ALL',
    'TMOUT',
    'MAIL',
    'REPLY',
  ],
]

describe('envNameProblem', () => {
  it.each([['/bin/dash'], ['/bin/bash', '--posix']])(
    'is null only for what %s exports as it is',
    (...shell) => {
      const wrong = suspects.filter((name) => {
        if (envNameProblem(name) !== null) return false
        const script = `export ${name}='a b'; exec /usr/bin/env`
        const { stdout } = spawnSync(shell[0] ?? '', [...shell.slice(1), '-c', script], { encoding: 'utf8' })
        return !stdout.split('\n').includes(`${name}=a b`)
      })
      expect(wrong).toEqual([])
    },
  )

  it('accepts what is usual', () => {
    for (const name of ['A', '_x', 'PATH', 'npm_config_x', 'LC_ALL', 'team_id'])
      expect(envNameProblem(name)).toBeNull()
  })
})

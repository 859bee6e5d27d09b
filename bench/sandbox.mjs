// A place of its own for everything that is started: nothing here can reach the user's tmux.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { allPids, killHard, readOrEmpty } from './processes.mjs'

export function createSandbox() {
  // Not below TMPDIR: the path of a socket must stay under 100 bytes.
  const root = realpathSync(mkdtempSync('/tmp/tb-'))
  const sockets = join(root, 's')
  mkdirSync(sockets, { mode: 0o700 })
  const env = {
    // Without NODE_EXTRA_CA_CERTS, which costs every start of Node 20 about 45 ms.
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: root,
    SHELL: '/bin/sh',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    TMUX_TMPDIR: sockets,
  }
  return { root, env, dispose: () => dispose(root, sockets, env) }
}

/** Servers first, by socket: a removed directory would leave them out of reach. */
function dispose(root, sockets, env) {
  for (const user of readdirSync(sockets)) {
    for (const socket of readdirSync(join(sockets, user))) {
      spawnSync('tmux', ['-S', join(sockets, user, socket), 'kill-server'], { env, timeout: 5_000 })
    }
  }
  for (const pid of allPids()) {
    if (readOrEmpty(`/proc/${pid}/environ`).includes(`TEAM_FILE=${root}/`)) killHard(pid)
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
}

// Fills dist/*.v8 by running the commands whose start counts most, for the example team, on a tmux that only says that
// its agents run: nothing is started, and nothing is left behind.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Throws when a command fails: the build is broken then. */
export function keepCode() {
  const dir = mkdtempSync(join(tmpdir(), 'team-build-'))
  const run = (...args) => runCommand(args, dir)
  try {
    copyFileSync(join(root, 'team.example.yaml'), join(dir, 'team.yaml'))
    mkdirSync(join(dir, '.team'))
    writeTmux(dir, 'echo "no server running on $0" >&2; exit 1')
    const agents = JSON.parse(run('ps', '-a', '--json'))
    // With a value, which takes the parser.
    run('up', '--dry-run', '--progress', 'plain')
    run('down')
    writeFileSync(join(dir, 'panes'), agents.map((agent) => `${pane(agent, dir)}\n`).join(''))
    writeTmux(dir, 'cat "${0%/*}/panes"')
    writeSocket(dir, agents)
    run('ps')
    run('ps')
    run('up')
    writeTask(dir, 'aaaaaaaa1')
    run('task', 'ls', '-a')
    run('task', 'ls', '-n', '100')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Without a socket there would be no server to ask. */
function writeSocket(dir, [{ team }]) {
  const place = join(dir, `tmux-${process.getuid?.() ?? 0}`)
  mkdirSync(place)
  writeFileSync(join(place, `team-${team}`), '')
}

/** As `tmux list-panes` prints it (src/supervisor/tmux/labels.ts); where that has changed, less code is kept. */
function pane({ team, project, agent, id }, dir) {
  const agentDir = join(dir, '.team/agents', project, agent)
  mkdirSync(agentDir, { recursive: true })
  writeFileSync(join(agentDir, 'run.log'), `start 1 ${process.pid}\n`)
  const drain = JSON.stringify({ timeoutMs: 30_000, steps: [{ kind: 'key', key: 'C-c' }] })
  const paths = [join(dir, 'team.yaml'), join(dir, '.team'), agentDir, 'marker'].map(encodeURIComponent)
  const labels = ['1', team, id, ...paths, 'a.b.c.d', encodeURIComponent(drain), '']
  return [`${team}/${project}/${agent}`, '%1', process.pid, '0', '1', '1', ...labels, process.pid].join('|')
}

/** A task that has ended (src/io/job-store.ts). */
function writeTask(dir, id) {
  const at = new Date(0).toISOString()
  const place = join(dir, '.team/tasks', id)
  const asked = { agent: 'web:lead', runtime: 'command', command: ['true'], tags: ['build'] }
  mkdirSync(place, { recursive: true })
  const record = { version: 1, id, kind: 'shell', createdAt: at, root: '/', ...asked }
  writeFileSync(join(place, 'job.json'), JSON.stringify(record))
  writeFileSync(
    join(place, 'end.json'),
    JSON.stringify({ outcome: 'completed', finishedAt: at, exitCode: 0 }),
  )
}

function writeTmux(dir, body) {
  const path = join(dir, 'tmux')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
}

function runCommand(args, dir) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/code-cache.cjs'), ...args],
    { cwd: dir, env: { PATH: `${dir}:/usr/bin:/bin`, HOME: dir, TMUX_TMPDIR: dir }, encoding: 'utf8' },
  )
  if (status === 0) return stdout
  throw new Error(`team ${args.join(' ')} ended with ${status} during the build\n${stderr}`)
}

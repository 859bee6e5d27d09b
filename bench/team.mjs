// One team of N agents in a directory of its own: its compose file, and `team` run on it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive, killHard, readOrEmpty, run, until } from './processes.mjs'

const ownProgram = fileURLToPath(new URL('../bin/team.js', import.meta.url))
export const agentScript = (name) => fileURLToPath(new URL(`agents/${name}`, import.meta.url))

/** Agents that do nothing at all: what is measured is not theirs. */
export const idle = ['sleep', '86400']
const projectSize = 10

/** `command` is what every agent runs. */
export function createTeam({ sandbox, name, agents, command, program }) {
  const dir = join(sandbox.root, name)
  const file = join(dir, 'team.yaml')
  const stateDir = join(dir, '.team')
  mkdirSync(dir)
  const places = Array.from({ length: agents }, (_, index) => ({
    project: `project-${Math.floor(index / projectSize) + 1}`,
    agent: `agent-${index + 1}`,
  }))
  const team = {
    name,
    dir,
    stateDir,
    env: sandbox.env,
    ids: places.map(({ project, agent }) => `${project}:${agent}`),
    agentDirs: places.map(({ project, agent }) => join(stateDir, 'agents', project, agent)),
    sessions: places.map(({ project, agent }) => `${name}/${project}/${agent}`),
    /** Changes the file: `comment` nothing but its text, `revision` what agent-1 is started with. */
    write: ({ comment = '', revision = 0 }) =>
      writeFileSync(file, composeText({ name, places, command, comment, revision })),
    argv: (args) => [process.execPath, program ?? ownProgram, ...args],
    team: (args, env = {}) => run(team.argv(args), { cwd: dir, env: { ...sandbox.env, ...env } }),
    tmuxArgv: (args) => ['tmux', '-L', `team-${name}`, '-u', '-f', '/dev/null', ...args],
    tmux: (args, input) => run(team.tmuxArgv(args), { cwd: '/', env: sandbox.env, input }),
    /** The agents' own pids, from the wrappers' records. */
    agentPids: () =>
      team.agentDirs.map((agentDir) => Number(/^start \d+ (\d+)$/m.exec(readRecord(agentDir))?.[1])),
    wrapperPids: async () =>
      (await team.tmux(['list-panes', '-a', '-F', '#{pane_pid}'])).stdout.trim().split('\n').map(Number),
    /** `wrappers`: their pids, which tmux can tell only as long as there are sessions. */
    stop: (wrappers) => stopHard(team, wrappers),
  }
  team.write({})
  return team
}

/** About 250 bytes an agent, as in a real file. */
function composeText({ name, places, command, comment, revision }) {
  const lines = [`name: ${name}`, `# ${comment}`, 'projects:']
  for (const [index, { project, agent }] of places.entries()) {
    if (index % projectSize === 0) lines.push(`  ${project}:`, '    cwd: .', '    agents:')
    lines.push(
      `      ${agent}:`,
      `        command: ${JSON.stringify(command)}`,
      `        role: ${index % projectSize === 0 ? 'manager' : 'worker'}`,
      '        restart: no',
      '        drain: {timeout: 30s, steps: [C-c]}',
      '        env:',
      `          REVISION: "${index === 0 ? revision : 0}"`,
      `          PORT: "${3000 + index}"`,
      `          GREETING: "a value of an ordinary length, for agent ${index + 1}"`,
    )
  }
  return `${lines.join('\n')}\n`
}

export const readRecord = (agentDir) => readOrEmpty(join(agentDir, 'run.log'))

/** Ends the agents and the server at once, and waits until nothing of them is left. */
async function stopHard(team, wrappers) {
  const server = Number((await team.tmux(['display-message', '-p', '#{pid}'])).stdout)
  // A hangup reaches only a terminal's first process, the wrapper, which would give its agent 2 s.
  const isOurs = (pid) => readOrEmpty(`/proc/${pid}/environ`).includes(`TEAM_FILE=${team.dir}/`)
  team.agentPids().filter(isOurs).forEach(killHard)
  await team.tmux(['kill-server'])
  await until('the end of the server and its wrappers', () => ![server, ...wrappers].some(isAlive))
}

/** Fails loudly when the team is not what a measurement believes it to be. */
export async function expectRunning(team) {
  const { stdout } = await team.team(['ps', '-q', '--status', 'running'])
  const running = stdout.split('\n').filter((line) => line !== '').length
  if (running === team.ids.length) return
  throw new Error(`${team.name}: ${running} of ${team.ids.length} agents run\n${readLastErrors(team)}`)
}

function readLastErrors(team) {
  return readFileSync(join(team.stateDir, 'events.jsonl'), 'utf8').split('\n').slice(-5).join('\n')
}

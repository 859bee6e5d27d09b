import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentSpec } from '../../src/model/agent.ts'
import type { Compose } from '../../src/model/compose.ts'
import type { DrainStep } from '../../src/model/drain.ts'
import type { Launch } from '../../src/model/launch.ts'
import { defaultBackoff, type RestartPolicy } from '../../src/model/restart.ts'
import { renderCommandFile } from '../../src/render/command-file.ts'
import { renderEnvFile } from '../../src/render/env-file.ts'
import { fingerprintOf } from '../../src/render/fingerprint.ts'
import { fingerprintInput, renderLaunch, stateFiles, withFingerprint } from '../../src/render/launch.ts'
import { renderWrapper } from '../../src/render/wrapper.ts'

const templates = fileURLToPath(new URL('../../templates', import.meta.url))

export const shell = existsSync('/bin/dash') ? '/bin/dash' : '/bin/sh'

export interface AgentOptions {
  readonly name?: string
  readonly project?: string
  readonly command: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly restart?: Partial<RestartPolicy>
  readonly steps?: readonly DrainStep[]
  readonly timeoutMs?: number
}

export function agentSpec(options: AgentOptions): AgentSpec {
  const { name = 'lead', project = 'web' } = options
  return {
    id: `${project}:${name}`,
    project,
    agent: name,
    role: null,
    runtime: 'command',
    kind: 'command',
    model: null,
    cwd: options.cwd ?? '/',
    command: options.command,
    args: [],
    prompt: null,
    resume: true,
    mcp: false,
    allow: null,
    env: options.env ?? {},
    passEnv: [],
    restart: { policy: 'no', max: 10, backoff: defaultBackoff, ...options.restart },
    drain: { timeoutMs: options.timeoutMs ?? 5_000, mode: 'interrupt', steps: options.steps ?? null },
  }
}

export function composeOf(dir: string, agents: readonly AgentSpec[], name = 'acme'): Compose {
  const file = join(dir, 'team.yaml')
  return {
    name,
    file,
    files: [file],
    dir,
    supervisor: { type: 'tmux', tmux: { config: null, historyLimit: 10_000 } },
    agents,
    warnings: [],
    interpolated: [],
    tasks: { maxParallel: null, onEnd: null, onEndTimeoutMs: 60_000 },
  }
}

/** Renders agents of a team in `dir`, and writes what they are started from. */
export function writtenLaunches(
  dir: string,
  env: Readonly<Record<string, string>>,
  agents: readonly AgentOptions[],
): readonly Launch[] {
  const compose = composeOf(dir, agents.map(agentSpec))
  const stateDir = join(dir, '.team')
  writeFile(
    join(stateDir, stateFiles.wrapper),
    renderWrapper(readFileSync(join(templates, stateFiles.wrapper), 'utf8'), { gnuEnv: true, gnuDate: true }),
  )
  writeFile(
    join(stateDir, stateFiles.logger),
    existsSync(join(templates, stateFiles.logger))
      ? readFileSync(join(templates, stateFiles.logger), 'utf8')
      : 'exec cat >>"$1/output.log"\n',
  )
  return compose.agents.map((agent) => {
    const launch = withFingerprint(
      renderLaunch(agent, { compose, stateDir, env, shell, inherited: env, self: ['team'] }),
      fingerprintOf(fingerprintInput(agent, { compose, env })),
    )
    writeFile(join(launch.agentDir, 'env'), renderEnvFile(launch.env))
    writeFile(join(launch.agentDir, 'command'), renderCommandFile(launch, join(stateDir, stateFiles.events)))
    writeFile(join(launch.agentDir, 'desired'), 'up\n')
    return launch
  })
}

function writeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}

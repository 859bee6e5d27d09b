import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nothingLeft, ok, row, untilState } from '../support/cli.ts'
import { systemctl } from '../support/manager.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKeys, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const unit = 'team-acme.web.lead.service'

/** Keeps sessions as Claude Code does: an id cannot be begun twice. */
const cli = `#!/bin/sh
echo "$1 $2" >>"$CALLS"
dir=$CLAUDE_CONFIG_DIR/projects/$(printf %s "$PWD" | LC_ALL=C tr -c 'A-Za-z0-9' -)
mkdir -p "$dir"
case $1 in
  --session-id) [ ! -e "$dir/$2.jsonl" ] || exit 1; : >"$dir/$2.jsonl" ;;
  --resume) [ -e "$dir/$2.jsonl" ] || exit 1 ;;
esac
trap 'exit 0' INT
while :; do sleep 0.1; done
`

async function up(keys: AgentKeys = {}): Promise<{ session: string; calls: () => readonly string[] }> {
  const path = join(sandbox.dir, 'calls')
  writeFileSync(join(sandbox.dir, 'cli'), cli, { mode: 0o755 })
  const env = { CLAUDE_CONFIG_DIR: join(sandbox.dir, 'claude'), CALLS: path }
  const command = [join(sandbox.dir, 'cli')]
  writeTeam(sandbox, { 'web:lead': { runtime: 'claude', command, prompt: 'hello', env, ...keys } })
  await ok(sandbox, ['up'])
  const calls = () => readFileSync(path, 'utf8').trimEnd().split('\n')
  await waitFor('the first call', () => calls().length === 1)
  const { sessionId } = await row(sandbox, 'web:lead')
  return { session: sessionId ?? '', calls }
}

describe('an agent that the manager starts', () => {
  it('as at boot: goes on with its session', async () => {
    const { session, calls } = await up()
    systemctl(['stop', unit])
    systemctl(['start', unit])
    await untilState(sandbox, 'web:lead', 'running')
    await waitFor('the next call', () => calls().length === 2)
    expect(calls()).toEqual([`--session-id ${session}`, `--resume ${session}`])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('after its runner was killed: goes on with its session', async () => {
    const { session, calls } = await up({ restart: 'on-failure' })
    systemctl(['kill', '-s', 'KILL', '--kill-who=main', unit])
    await waitFor('the next call', () => calls().length === 2)
    await untilState(sandbox, 'web:lead', 'running')
    expect(calls()).toEqual([`--session-id ${session}`, `--resume ${session}`])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })
})

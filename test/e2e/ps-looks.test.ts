import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ok, row, untilState } from '../support/cli.ts'
import { createSandbox, fixtures, type Sandbox } from '../support/sandbox.ts'
import { writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = createSandbox()
  writeTeam(sandbox, {
    'web:lead': {
      runtime: 'claude',
      command: [process.execPath, join(fixtures, 'fake-claude.mjs')],
      env: { CLAUDE_CONFIG_DIR: join(sandbox.dir, 'home') },
    },
  })
  await ok(sandbox, ['up'])
  await ok(sandbox, ['wait', 'lead', '--timeout', '20s'])
})
afterEach(() => sandbox.dispose())

const looks = () => join(sandbox.dir, '.team/looks.json')

/** Puts a word into what is remembered, which only a `ps` that does not look again can show. */
function mark(): void {
  const known = JSON.parse(readFileSync(looks(), 'utf8'))
  known['web:lead'].reading.detail = 'remembered'
  writeFileSync(looks(), JSON.stringify(known))
}

const detail = async () => (await row(sandbox, 'web:lead')).activityDetail

/** From the second after its last output on. */
const untilRemembered = () =>
  waitFor('a look that is kept', async () => {
    await detail()
    mark()
    return (await detail()) === 'remembered'
  })

it('a terminal that has shown nothing is not looked at again', async () => {
  await untilRemembered()
  expect(await row(sandbox, 'web:lead')).toMatchObject({ activity: 'idle', activityDetail: 'remembered' })

  sandbox.tmux('acme', ['send-keys', '-t', '=acme/web/lead:', 'x'])
  await waitFor('the letter', () =>
    sandbox.tmux('acme', ['capture-pane', '-p', '-t', '=acme/web/lead:']).includes('❯ x'),
  )
  expect(await detail()).toBeNull()
  sandbox.tmux('acme', ['send-keys', '-t', '=acme/web/lead:', 'C-u'])
})

it('its CLI tells something new of itself, or it is another agent by now: it is looked at', async () => {
  await untilRemembered()
  const { pid } = await row(sandbox, 'web:lead')
  utimesSync(join(sandbox.dir, `home/sessions/${pid}.json`), 1, 1)
  expect(await detail()).toBeNull()

  await untilRemembered()
  await ok(sandbox, ['restart', 'lead'])
  await untilState(sandbox, 'web:lead', 'running')
  expect(await detail()).toBeNull()
})

it('what is remembered can be damaged, of tomorrow, or gone', async () => {
  await untilRemembered()
  for (const text of ['', '{', '[]', '{"web:lead":5}', '{"web:lead":{"reading":{"activity":"flying"}}}']) {
    writeFileSync(looks(), text)
    expect(await row(sandbox, 'web:lead'), text).toMatchObject({ activity: 'idle', activityDetail: null })
  }
  await untilRemembered()
  const known = JSON.parse(readFileSync(looks(), 'utf8'))
  known['web:lead'].at += 100_000
  writeFileSync(looks(), JSON.stringify(known))
  expect(await detail()).toBeNull()
})

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  agentPid,
  createSandbox,
  events,
  isAlive,
  journal,
  launchIn,
  readText,
  restartPolicy,
  type Sandbox,
  type Shell,
  shells,
  startAnew,
  startPrepared,
  until,
  writeFiles,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

/** Ends the n-th run by the n-th line of the file `plan`: a shell command. */
const follower = ['sh', '-c', 'read -r n <n; echo $((n + 1)) >n; eval "$(sed -n "${n}p" plan)"']

/** What one wrapper says about every exit, when its agent ends by each of these commands in turn. */
async function exitsOf(shell: Shell, plan: readonly string[]) {
  const own = createSandbox()
  writeFileSync(join(own.dir, 'plan'), plan.map((line) => `${line}\n`).join(''))
  writeFileSync(join(own.dir, 'n'), '1\n')
  const restart = restartPolicy('always', plan.length - 1, { initialMs: 0 })
  await startAnew(shell, own, { argv: follower, restart }).exited
  const exits = events(own).filter(({ event }) => event === 'exited')
  own.remove()
  return exits.map(({ code, signal }) => ({ code, signal }))
}

/** Signals that end a process by default, each with the names that it goes by. */
const deadly = new Map<number, string[]>()
for (const [name, number] of Object.entries(constants.signals)) {
  const harmless = ['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH']
  if (harmless.includes(name) || number > 31) continue
  deadly.set(number, [...(deadly.get(number) ?? []), name])
}

describe.each(shells)('exits under $name', (shell) => {
  it('records every exit code', { timeout: 60_000 }, async () => {
    const codes = Array.from({ length: 256 }, (_, code) => code)
    const plan = codes.map((code) => `exit ${code}`)
    const lanes = [0, 64, 128, 192].map((from) => exitsOf(shell, plan.slice(from, from + 64)))
    const seen = (await Promise.all(lanes)).flat()
    expect(seen).toHaveLength(256)
    const namesSignal = (code: number) => !shell.exact && code > 128 && code <= 192
    codes.forEach((code) => {
      if (!namesSignal(code)) expect(seen[code], `exit ${code}`).toEqual({ code, signal: null })
    })
  })

  it('records every signal that ends a process', { timeout: 60_000 }, async () => {
    const numbers = [...deadly.keys(), 34, 64]
    const seen = await exitsOf(
      shell,
      numbers.map((number) => `ulimit -c 0; kill -${number} $$`),
    )
    numbers.forEach((number, index) => {
      const names = [...(deadly.get(number) ?? []), `SIG${number}`] // dash has no name for 16
      expect(seen[index]?.code, `signal ${number}`).toBeNull()
      expect(names).toContain(seen[index]?.signal)
    })
  })

  it.runIf(shell.exact)('tells an exit code above 128 from the signal of that number', async () => {
    const seen = await exitsOf(shell, [
      'exit 137',
      'kill -9 $$',
      'exit 130',
      'kill -2 $$',
      'exit 141',
      'kill -13 $$',
    ])
    expect(seen.map(({ code, signal }) => code ?? signal)).toEqual([
      137,
      'SIGKILL',
      130,
      'SIGINT',
      141,
      'SIGPIPE',
    ])
  })

  it('is right 200 of 200 times, instant exits and kill -9 included', { timeout: 120_000 }, async () => {
    const wrong: string[] = []
    const lane = async (offset: number) => {
      const own = createSandbox()
      for (let trial = offset; trial < 200; trial += 4) {
        const killed = trial % 3 === 1
        const code = (trial * 7) % 128
        const wrapper = startAnew(shell, own, {
          argv: ['sh', '-c', killed ? 'kill -9 $$' : `exit ${code}`],
        })
        const { code: wrapperCode } = await wrapper.exited
        const expected = killed ? 'exit 1 - SIGKILL' : `exit 1 ${code} -`
        const last = readText(journal(own)).trimEnd().split('\n').at(-1)
        if (last !== expected || wrapperCode !== (killed ? 137 : code)) wrong.push(`${last}, not ${expected}`)
      }
      own.remove()
    }
    await Promise.all([0, 1, 2, 3].map(lane))
    expect(wrong).toEqual([])
  })

  it('sees a kill -9 from outside, and writes the journal before exit.json', async () => {
    const wrapper = startAnew(shell, sandbox, { argv: ['sleep', '1000'] })
    const pid = await agentPid(sandbox)
    process.kill(pid, 'SIGKILL')
    expect(await wrapper.exited).toEqual({ code: 137, signal: null })
    expect(readText(journal(sandbox))).toBe(`start 1 ${pid}\nexit 1 - SIGKILL\n`)
    const record = JSON.parse(readFileSync(join(sandbox.agentDir, 'exit.json'), 'utf8'))
    expect(record).toEqual({
      code: null,
      signal: 'SIGKILL',
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      exitedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      pid,
      run: 1,
    })
    expect(isAlive(pid)).toBe(false)
    expect(wrapper.output()).toBe('') // no "Killed" of the shell on the terminal
  })

  it('tells what the kernel has killed for want of memory from another kill', async () => {
    const counts = join(sandbox.dir, 'memory.events')
    writeFileSync(counts, 'low 0\noom 2\noom_kill 2\n')
    // The second run is killed by somebody else.
    const script = `[ -e ran ] || { : >ran; printf 'oom 3\\noom_kill 3\\n' >'${counts}'; }; kill -9 $$`
    const overrides = {
      argv: ['sh', '-c', script],
      restart: restartPolicy('on-failure', 1),
      limits: { memory: 64 * 1024 * 1024 },
    }
    const prepared = writeFiles(sandbox, launchIn(sandbox, overrides))
    const command = join(sandbox.agentDir, 'command')
    const asked = readText(command)
    expect(asked).toContain('memory.events')
    writeFileSync(command, `${asked}team_oom='${counts}'\n`)
    const wrapper = startPrepared(shell, sandbox, prepared)
    await wrapper.exited
    const exits = events(sandbox).filter(({ event }) => event === 'exited')
    expect(exits).toMatchObject([
      { signal: 'SIGKILL', oom: true, run: 1 },
      { signal: 'SIGKILL', run: 2 },
    ])
    expect(exits[1]).not.toHaveProperty('oom')
    expect(wrapper.output()).toContain('ended (SIGKILL, out of memory); restarting')
    expect(readText(journal(sandbox))).not.toContain('oom')
  })

  it('writes exit.json over the old one, always as long, so that no reader sees a part of it', async () => {
    const file = join(sandbox.agentDir, 'exit.json')
    const seen = new Set<number>()
    for (const code of [0, 200, 0]) {
      await startAnew(shell, sandbox, { argv: ['sh', '-c', `exit ${code}`] }).exited
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ code, signal: null })
      expect(statSync(file).size).toBe(200)
      seen.add(statSync(file).ino)
    }
    expect(seen.size).toBe(1)
  })

  it('does not mind a signal of its own while the agent runs', async () => {
    spawnSync('mkfifo', [join(sandbox.dir, 'fifo')])
    const wrapper = startAnew(shell, sandbox, { argv: ['sh', '-c', 'read -r line <fifo; exit 3'] })
    const pid = await agentPid(sandbox)
    await until(sandbox.eventsFile, () => (events(sandbox).length === 1 ? true : undefined)) // then it waits
    const signals = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const
    for (const signal of signals) process.kill(wrapper.pid, signal)
    expect(isAlive(pid)).toBe(true)
    writeFileSync(join(sandbox.dir, 'fifo'), 'go\n')
    expect((await wrapper.exited).code).toBe(3)
    expect(readText(journal(sandbox))).toBe(`start 1 ${pid}\nexit 1 3 -\n`)
  })

  // As Ctrl-C does: the terminal tells the whole group at the same moment.
  it.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)(
    'records a %s that hits agent and wrapper alike',
    async (name) => {
      const wrong: string[] = []
      const ready = join(sandbox.dir, 'ready')
      const argv = ['sh', '-c', 'ulimit -c 0; echo $$ >ready; exec sleep 1000']
      for (let trial = 0; trial < 20; trial += 1) {
        const wrapper = startAnew(shell, sandbox, { argv })
        const pid = await until(ready, () => Number(readText(ready)) || undefined)
        await until(sandbox.eventsFile, () => (events(sandbox).length % 2 === 1 ? true : undefined))
        process.kill(-wrapper.pid, name)
        await wrapper.exited
        const text = readText(journal(sandbox))
        if (text !== `start 1 ${pid}\nexit 1 - ${name}\n`) wrong.push(text)
        rmSync(ready)
      }
      expect(wrong).toEqual([])
    },
  )
})

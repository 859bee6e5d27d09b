import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { templates } from './harness.ts'

function startDemo(...args: string[]) {
  const child = spawn(process.execPath, [join(templates, 'demo-agent.mjs'), '--name', 'lead', ...args])
  let text = ''
  const waiting: { pattern: RegExp; resolve: () => void }[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    for (const { pattern, resolve } of waiting) if (pattern.test(text)) resolve()
  })
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve) => (pattern.test(text) ? resolve() : waiting.push({ pattern, resolve })))
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, says, text: () => text, exited }
}

describe('the demo agent', () => {
  it('answers a line after a busy moment', async () => {
    const { child, says, exited } = startDemo('--busy-ms', '150')
    await says(/lead> $/)
    child.stdin.write('hello\n')
    await says(/thinking/)
    await says(/You said: hello\n.*\n(?:.*\n)*lead> $/)
    child.stdin.end()
    expect(await exited).toBe(0)
  })

  it('ends on the second of two Ctrl-C at the prompt', async () => {
    const { child, says, exited } = startDemo()
    await says(/lead> $/)
    child.kill('SIGINT')
    await says(/press Ctrl-C again to exit\nlead> $/)
    child.kill('SIGINT')
    expect(await exited).toBe(0)
  })

  it('only interrupts its turn with one', async () => {
    const { child, says, exited, text } = startDemo('--busy-ms', '60000')
    await says(/lead> $/)
    child.stdin.write('hello\n')
    await says(/thinking/)
    child.kill('SIGINT')
    await says(/interrupted\nlead> $/)
    expect(text()).not.toContain('press Ctrl-C again')
    child.stdin.end()
    expect(await exited).toBe(0)
  })
})

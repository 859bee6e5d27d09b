import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let copy: string

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'team build '))
  for (const part of ['bin', 'dist', 'templates', 'schema', 'package.json', 'team.example.yaml'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
})
afterEach(() => rmSync(copy, { recursive: true, force: true }))

const kept = () => readdirSync(join(copy, 'dist')).filter((name) => name.endsWith('.v8'))

/** Resolves a file, which takes the parts of the build that are loaded late too. */
function check(): string {
  const args = [join(copy, 'bin/team.js'), '-f', join(copy, 'team.example.yaml'), 'config', '--hash']
  return execFileSync(process.execPath, args, { encoding: 'utf8', cwd: copy, stdio: 'pipe' })
}

describe('the code that the build keeps', () => {
  it('is there for what every command loads, and is taken by V8', () => {
    expect(kept()).toContain('team.cjs.v8')
    const program = `const vm = require('node:vm'); const refused = []
      vm.Script = class extends vm.Script {
        constructor(source, options) { super(source, options); if (this.cachedDataRejected !== false) refused.push(options.filename) }
      }
      process.on('exit', () => process.stdout.write(JSON.stringify(refused)))
      process.argv = [process.argv[0], ${JSON.stringify(join(copy, 'bin/team.js'))}, 'ps', '-h']
      require(process.argv[1])`
    const printed = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', cwd: copy })
    expect(printed).toMatch(/^Usage.*\[\]$/s)
  })

  it.each([
    ['missing', (file: string) => rmSync(file)],
    ['empty', (file: string) => writeFileSync(file, '')],
    ['damaged', (file: string) => writeFileSync(file, readFileSync(file).fill(7, 0, 64))],
    ['cut short', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 5_000))],
  ])('may be %s', (_, damage) => {
    const expected = check()
    for (const name of kept()) damage(join(copy, 'dist', name))
    expect(check()).toBe(expected)
  })
})

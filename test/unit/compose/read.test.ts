import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createReader } from '../../../src/compose/read.ts'
import { failureOf, workspace } from './workspace.ts'

describe('createReader', () => {
  it('reads a file once and remembers it', () => {
    const dir = workspace({ 'a.txt': 'one' })
    const reader = createReader()
    expect(reader.read(join(dir, 'a.txt'))).toBe('one')
    writeFileSync(join(dir, 'a.txt'), 'two')
    expect(reader.read(join(dir, 'a.txt'))).toBe('one')
    expect(reader.seen()).toEqual([{ path: join(dir, 'a.txt'), text: 'one' }])
  })

  it('remembers what is missing, and what it was told', () => {
    const dir = workspace({ file: '' })
    const reader = createReader()
    expect(reader.read(join(dir, 'no'))).toBeNull()
    expect(reader.read(join(dir, 'file/below'))).toBeNull()
    reader.note('/x/-', 'text')
    expect(reader.seen()).toEqual([
      { path: join(dir, 'no'), text: null },
      { path: join(dir, 'file/below'), text: null },
      { path: '/x/-', text: 'text' },
    ])
  })

  it.each([
    ['a directory', 'sub', 'it is a directory'],
    ['bytes that are not UTF-8', 'latin1', 'it is not UTF-8 text'],
    ['a link to itself', 'loop', 'too many symbolic links'],
    ['a name with a NUL byte', 'a\0b', 'the name has a NUL byte'],
  ])('refuses %s', (_, name, reason) => {
    const dir = workspace({ 'sub/x': '', latin1: Buffer.from([0x63, 0xe9]) })
    symlinkSync('loop', join(dir, 'loop'))
    const error = failureOf(() => createReader().read(join(dir, name)))
    expect([error.code, error.exitCode]).toEqual(['compose-unreadable', 2])
    expect(error.message).toBe(`cannot read ${join(dir, name)}: ${reason}`)
  })

  // Root reads everything.
  it.skipIf(process.getuid?.() === 0)('refuses a file without permission', () => {
    const dir = workspace({ secret: 'x' })
    chmodSync(join(dir, 'secret'), 0)
    expect(failureOf(() => createReader().read(join(dir, 'secret'))).message).toContain('permission denied')
  })
})

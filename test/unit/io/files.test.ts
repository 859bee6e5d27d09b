import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePrivateDirectory } from '../../../src/io/files.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'team-files-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('a private directory', () => {
  it('is made with those above it, and stays as it is', () => {
    for (let time = 0; time < 2; time += 1) makePrivateDirectory(join(dir, 'a/b/c'))
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(dir, path)).mode & 0o777).toBe(0o700)
  })

  it('is not made where a file is in the way', () => {
    writeFileSync(join(dir, 'file'), '')
    expect(() => makePrivateDirectory(join(dir, 'file'))).toThrow(/a file is in the way/)
    expect(() => makePrivateDirectory(join(dir, 'file/below'))).toThrow(/not a directory/)
  })

  it.runIf(existsSync('/proc/self'))('is refused where nothing can be made', () => {
    expect(() => makePrivateDirectory('/proc/team/below')).toThrow(/cannot write \/proc\/team/)
  })
})

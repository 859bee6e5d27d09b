import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TeamError } from '../../../src/errors.ts'
import { makePrivateDirectory, readIfExists } from '../../../src/io/files.ts'

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

describe('reading a file that may be missing', () => {
  const path = () => join(dir, 'file')
  const code = (read: () => unknown): unknown => {
    try {
      return read()
    } catch (error) {
      return error instanceof TeamError ? `${error.code}: ${error.message.replace(dir, '')}` : error
    }
  }

  it('is null where there is none', () => {
    expect(readIfExists(path())).toBeNull()
    writeFileSync(path(), 'text')
    expect(readIfExists(path())).toBe('text')
    expect(readIfExists(join(path(), 'below'))).toBeNull()
  })

  it('says what is in the way, or wrong with the path', async () => {
    expect(code(() => readIfExists(dir))).toBe('state-unreadable: cannot read : a directory is in the way')
    symlinkSync(path(), path())
    expect(code(() => readIfExists(path()))).toBe(
      'state-unreadable: cannot read /file: too many symbolic links',
    )
    rmSync(path())
    const server = createServer().listen(path())
    await once(server, 'listening')
    expect(code(() => readIfExists(path()))).toMatch(/^state-unreadable: .* a socket .*is in the way$/)
    server.close()
    await once(server, 'close')
    expect(code(() => readIfExists('/dev/zero'))).toBe(
      'state-unreadable: cannot read /dev/zero: a device is in the way',
    )
  })

  it('takes /dev/null, which a masked unit is a link to, for empty', () => {
    symlinkSync('/dev/null', path())
    expect(readIfExists(path())).toBe('')
  })

  it.runIf(existsSync('/proc/self/cgroup'))('reads what the kernel writes, of which it tells no size', () => {
    expect(readIfExists('/proc/self/cgroup')).toContain(':')
  })
})

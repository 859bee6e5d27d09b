import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findComposeFiles } from '../../../src/compose/find.ts'
import { failureOf, workspace } from './workspace.ts'

const find = (cwd: string, files: readonly string[] = [], env: Record<string, string> = {}) =>
  findComposeFiles({ files, cwd, env })

const paths = (cwd: string, files: readonly string[] = [], env: Record<string, string> = {}) =>
  find(cwd, files, env).files.map(({ path }) => path)

describe('findComposeFiles', () => {
  it('finds team.yaml here', () => {
    const dir = workspace({ 'team.yaml': '' })
    expect(find(dir)).toEqual({
      files: [{ path: join(dir, 'team.yaml'), stdin: false }],
      absent: [join(dir, 'team.override.yaml'), join(dir, 'team.override.yml')],
      warnings: [],
    })
  })

  it('finds team.yml, and the file of a parent directory', () => {
    const dir = workspace({ 'team.yml': '', 'a/b/other.txt': '' })
    expect(paths(join(dir, 'a/b'))).toEqual([join(dir, 'team.yml')])
  })

  it('takes the nearest of several', () => {
    const dir = workspace({ 'team.yaml': '', 'a/team.yml': '' })
    expect(paths(join(dir, 'a'))).toEqual([join(dir, 'a/team.yml')])
  })

  it('prefers team.yaml to team.yml and says so', () => {
    const dir = workspace({ 'team.yaml': '', 'team.yml': '' })
    expect(paths(dir)).toEqual([join(dir, 'team.yaml')])
    expect(find(dir).warnings).toEqual([
      `${join(dir, 'team.yml')} is ignored: ${join(dir, 'team.yaml')} comes first`,
    ])
  })

  it.each(['team.override.yaml', 'team.override.yml'])('adds %s when the file was discovered', (override) => {
    const dir = workspace({ 'team.yaml': '', [override]: '', 'sub/x': '' })
    expect(paths(join(dir, 'sub'))).toEqual([join(dir, 'team.yaml'), join(dir, override)])
  })

  it('adds no override to a file that was named', () => {
    const dir = workspace({ 'team.yaml': '', 'team.override.yaml': '' })
    expect(find(dir, ['team.yaml'])).toEqual({
      files: [{ path: join(dir, 'team.yaml'), stdin: false }],
      absent: [],
      warnings: [],
    })
    expect(paths(dir, [], { TEAM_FILE: 'team.yaml' })).toEqual([join(dir, 'team.yaml')])
  })

  it('finds the directory of a named file behind a link, as `cd` does; a file that is a link stays one', () => {
    const dir = workspace({ 'real/team.yaml': '' })
    symlinkSync('real', join(dir, 'link'))
    symlinkSync('real/team.yaml', join(dir, 'other.yaml'))
    expect(paths(dir, ['link/team.yaml', 'other.yaml', 'link/none.yaml', 'none/team.yaml'])).toEqual(
      ['real/team.yaml', 'other.yaml', 'real/none.yaml', 'none/team.yaml'].map((path) => join(dir, path)),
    )
    expect(paths(dir, [], { TEAM_FILE: 'link/team.yaml' })).toEqual([join(dir, 'real/team.yaml')])
    expect(paths(dir, ['/dev/fd/0'])).toEqual(['/dev/fd/0'])
  })

  it('takes -f in order, relative to the working directory, before TEAM_FILE', () => {
    expect(paths('/x', ['b.yaml', '/c.yaml', '../d.yaml'], { TEAM_FILE: 'z.yaml' })).toEqual([
      '/x/b.yaml',
      '/c.yaml',
      '/d.yaml',
    ])
  })

  it('takes a TEAM_FILE whose own name has a colon as one file', () => {
    const dir = workspace({ 'a:b.yaml': '' })
    expect(paths(dir, [], { TEAM_FILE: 'a:b.yaml' })).toEqual([join(dir, 'a:b.yaml')])
  })

  it('splits TEAM_FILE at colons; an empty one counts as not set', () => {
    expect(paths('/x', [], { TEAM_FILE: 'a.yaml::b/c.yaml' })).toEqual(['/x/a.yaml', '/x/b/c.yaml'])
    const dir = workspace({ 'team.yaml': '' })
    expect(paths(dir, [], { TEAM_FILE: '' })).toEqual([join(dir, 'team.yaml')])
  })

  it('takes - for standard input, once', () => {
    expect(find('/x', ['a.yaml', '-']).files).toEqual([
      { path: '/x/a.yaml', stdin: false },
      { path: '/x/-', stdin: true },
    ])
    const error = failureOf(() => find('/x', ['-', '-']))
    expect([error.code, error.exitCode, error.message]).toEqual([
      'usage',
      2,
      'standard input can be read only once',
    ])
  })

  it('says where it looked when there is nothing', () => {
    const dir = workspace({})
    const error = failureOf(() => find(dir))
    expect([error.code, error.exitCode]).toEqual(['compose-not-found', 2])
    expect(error.message).toBe(`no team.yaml in ${dir} or a directory above it`)
    expect(error.hint).toContain('team init')
  })

  it('says that a team was there, when its file is gone', () => {
    const dir = workspace({ '.team/place.json': '{}', 'sub/x': '' })
    const error = failureOf(() => find(join(dir, 'sub')))
    expect(error.hint).toBe(
      `a team was started in ${dir}: name its file with \`-f\`, or put it back; \`team ls\` shows both`,
    )
  })

  it.each(['find.ts', 'dotenv.ts'])('%s loads neither the YAML parser nor the schema library', (file) => {
    const text = readFileSync(new URL(`../../../src/compose/${file}`, import.meta.url), 'utf8')
    const imports = [...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from)
    expect(imports.filter((from) => !from?.startsWith('node:') && from !== '../errors.ts')).toEqual([])
  })
})

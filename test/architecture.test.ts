import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

/** Folder → what it may import from other folders, besides `model`, `errors` and itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  compose: [],
  runtimes: [],
  render: ['runtimes'],
  plan: [],
  view: [],
  io: [],
  terminal: ['io'],
  engine: ['plan'],
  supervisor: ['io', 'terminal'],
  cli: ['compose', 'render', 'plan', 'view', 'io', 'terminal', 'engine', 'supervisor', 'runtimes'],
}

/** Package → the only place that may import it. */
const packageHomes: Readonly<Record<string, RegExp>> = {
  yaml: /^compose\//,
  zod: /^compose\//,
  'zod/mini': /^compose\//,
  'js-yaml': /^compose\//,
  execa: /^io\/exec\.ts$/,
  commander: /^cli\//,
  chalk: /^view\//,
  'cli-table3': /^view\//,
  'fastest-levenshtein': /^(compose|plan)\//,
  '@modelcontextprotocol/sdk/server/index.js': /^cli\/mcp\/protocol\.ts$/,
  '@modelcontextprotocol/sdk/server/stdio.js': /^cli\/mcp\/protocol\.ts$/,
  '@modelcontextprotocol/sdk/types.js': /^cli\/mcp\/protocol\.ts$/,
}

/** Node modules with effects, and the pure folders that must do without. */
const effects = ['node:fs', 'node:child_process', 'node:net', 'node:http', 'node:os', 'node:worker_threads']
const pure = ['model', 'runtimes', 'render', 'plan', 'view', 'engine']

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
  /** Without types and lazy imports: what is loaded at once. */
  readonly runtime: readonly string[]
}

/** `import … from 'x'`, over several lines too, and `import('x')`. */
const importPattern = /(?:^(?:import|export)\s[^'"`;]*?from\s+|\bimport\()'([^']+)'/gm
const runtimeImportPattern = /^import\s(?!type\s)[^'"`;]*?from\s+'([^']+)'/gm

const files: readonly SourceFile[] = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => {
    const full = join(entry.parentPath, entry.name)
    const text = readFileSync(full, 'utf8')
    const imports = [...text.matchAll(importPattern)].map((match) => match[1] ?? '')
    const runtime = [...text.matchAll(runtimeImportPattern)].map((match) => match[1] ?? '')
    return { path: relative(source, full), text, imports, runtime }
  })

const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] ?? '') : path)

/** Imports of our own files, as paths below src. */
function localImports(file: SourceFile, imports = file.imports): readonly string[] {
  return imports
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(source, resolve(source, dirname(file.path), name)))
    .filter((path) => path.endsWith('.ts'))
}

/** All breaches at once: one failing run shows what there is to do. */
function breaches(check: (file: SourceFile) => readonly string[]): readonly string[] {
  return files.flatMap((file) => check(file).map((what) => `${file.path}: ${what}`))
}

describe('the arrows between folders', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(new Set(files.map((file) => folderOf(file.path)))).toEqual(
      new Set([...Object.keys(mayImport), 'errors.ts']),
    )
  })

  it('imports only what its folder may', () => {
    const wrong = breaches((file) =>
      localImports(file).filter((target) => {
        const from = folderOf(file.path)
        const to = folderOf(target)
        return to !== from && to !== 'model' && to !== 'errors.ts' && !(mayImport[from] ?? []).includes(to)
      }),
    )
    expect(wrong).toEqual([])
  })

  it('keeps the supervisor adapters apart', () => {
    const adapter = (path: string) => /^supervisor\/(tmux|systemd|launchd)\//.exec(path)?.[1]
    const wrong = breaches((file) =>
      localImports(file).filter((target) => {
        const [from, to] = [adapter(file.path), adapter(target)]
        return from !== undefined && to !== undefined && from !== to
      }),
    )
    expect(wrong).toEqual([])
  })

  it('has each package in its one home', () => {
    const wrong = breaches((file) =>
      file.imports.filter((name) => {
        const home = packageHomes[name]
        return home !== undefined && !home.test(file.path)
      }),
    )
    expect(wrong).toEqual([])
  })

  it('knows every package that is imported', () => {
    const packages = new Set(
      files.flatMap((file) =>
        file.imports.filter((name) => /^[a-z@]/.test(name) && !name.startsWith('node:')),
      ),
    )
    expect([...packages].filter((name) => packageHomes[name] === undefined)).toEqual([])
  })

  it('keeps effects out of the pure folders', () => {
    const wrong = breaches((file) =>
      pure.includes(folderOf(file.path)) ? file.imports.filter((name) => effects.includes(name)) : [],
    )
    expect(wrong).toEqual([])
  })

  it('exits only in cli/main', () => {
    expect(
      breaches((file) =>
        file.path !== 'cli/main.ts' && file.text.includes('process.exit(') ? ['process.exit'] : [],
      ),
    ).toEqual([])
  })

  it('makes tmux command lines in one place', () => {
    const maker = 'terminal/tmux-server.ts'
    const wrong = breaches((file) =>
      file.path !== maker && /\[\s*'tmux',\s*'(?!-V')/.test(file.text) ? ['runs tmux by itself'] : [],
    )
    expect(wrong).toEqual([])
  })

  it('has no file over 250 lines', () => {
    expect(
      breaches((file) =>
        file.text.split('\n').length > 251 ? [`${file.text.split('\n').length} lines`] : [],
      ),
    ).toEqual([])
  })

  it('has no cycles', () => {
    const graph = new Map(files.map((file) => [file.path, localImports(file, file.runtime)]))
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' > '))
        return
      }
      if (done.has(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })
})

// Bundles src/ into dist/: one CommonJS entry and lazily loaded chunks, minified.
// CommonJS, because an ES module entry costs every command about 4 ms of start-up; few chunks, because each one
// that is loaded costs about half a ms.
import { chmod, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepCode } from './code-cache.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const entry = join(root, 'src/cli/main.ts')

/** Chunks in order of precedence: whatever the named module loads at once, less what an earlier chunk has. */
const chunks = [
  ['core', entry],
  ['program', join(root, 'src/cli/program.ts')],
  ['compose', join(root, 'src/cli/load-compose.ts')],
  ['task-ls', join(root, 'src/cli/commands/task-ls.ts')],
]

/** Newest modification time (ms) of the files below `dir`; 0 when there are none. */
async function newest(dir) {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const times = await Promise.all(
    entries.filter((e) => e.isFile()).map(async (e) => (await stat(join(e.parentPath, e.name))).mtimeMs),
  )
  return Math.max(0, ...times)
}

async function isFresh() {
  const built = await stat(join(dist, 'team.cjs')).catch(() => null)
  return built !== null && built.mtimeMs >= (await newest(join(root, 'src')))
}

/** Bundled by themselves, as what they load would make that of everyone else larger: they share zod with `compose`. */
const apart = { 'mcp-protocol': join(root, 'src/cli/mcp/protocol.ts') }

/** Leaves what is bundled apart to be loaded from beside the bundle. */
const leaveApart = {
  name: 'leave-apart',
  resolveId: {
    filter: { id: /\/protocol\.ts$/ },
    handler(_source, importer) {
      return importer === undefined ? null : { id: './mcp-protocol.cjs', external: true }
    },
  },
}

function inputOptions(input, plugins) {
  return {
    input,
    platform: 'node',
    plugins,
    // A dependency's own `module` entry would be preferred otherwise, and is often larger.
    resolve: { conditionNames: ['node', 'import', 'require', 'default'] },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  }
}

/** Module id → ids that it imports statically. */
async function moduleGraph(rolldown) {
  const graph = new Map()
  const collect = {
    name: 'collect',
    buildEnd() {
      for (const id of this.getModuleIds()) graph.set(id, this.getModuleInfo(id)?.importedIds ?? [])
    },
  }
  const bundle = await rolldown(inputOptions({ team: entry }, [collect, leaveApart]))
  await bundle.generate({ format: 'cjs' })
  await bundle.close()
  return graph
}

function closure(graph, start) {
  const found = new Set()
  const visit = (id) => {
    if (found.has(id)) return
    found.add(id)
    for (const next of graph.get(id) ?? []) visit(next)
  }
  visit(start)
  return found
}

async function build() {
  const { rolldown } = await import('rolldown')
  const graph = await moduleGraph(rolldown)
  const groups = chunks.map(([name, start], index) => {
    const members = closure(graph, start)
    return { name, test: (id) => members.has(id), priority: chunks.length - index }
  })
  // Beside the old build, which stays whole until the new one is.
  const fresh = join(root, `.dist-${process.pid}`)
  const bundle = await rolldown(inputOptions({ team: entry }, [leaveApart]))
  await bundle.write({
    dir: fresh,
    format: 'cjs',
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunk-[name]-[hash].cjs',
    codeSplitting: { groups },
  })
  await bundle.close()
  const side = await rolldown(inputOptions(apart, []))
  await side.write({ dir: fresh, format: 'cjs', minify: true, entryFileNames: '[name].cjs' })
  await side.close()
  await rm(dist, { recursive: true, force: true })
  await rename(fresh, dist)
  await chmod(join(root, 'bin/team.js'), 0o755)
  keepCode()
}

if (!(process.argv.includes('--if-stale') && (await isFresh()))) await build()

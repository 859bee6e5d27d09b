// Bundles src/ into dist/: one small CommonJS entry and lazily loaded chunks, minified.
// CommonJS, because an ES module entry costs every command about 4 ms of start-up.
import { chmod, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

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

if (!(process.argv.includes('--if-stale') && (await isFresh()))) {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    input: { team: join(root, 'src/cli/main.ts') },
    platform: 'node',
    // A dependency's own `module` entry would be preferred otherwise, and is often larger.
    resolve: { conditionNames: ['node', 'import', 'require', 'default'] },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  // Beside the old build, which stays whole until the new one is.
  const fresh = join(root, `.dist-${process.pid}`)
  await bundle.write({
    dir: fresh,
    format: 'cjs',
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunk-[name]-[hash].cjs',
  })
  await bundle.close()
  await rm(dist, { recursive: true, force: true })
  await rename(fresh, dist)
  await chmod(join(root, 'bin/team.js'), 0o755)
}

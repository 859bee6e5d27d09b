// `npm test`: everything that must hold, in the order in which it fails fastest. Stops at the first failure.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url))

const steps = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['-p', '.']],
  ['unused code', bin('knip'), ['--no-progress']],
  ['build', process.execPath, ['scripts/build.mjs', '--if-stale']],
  // The default loader writes below node_modules, which fails in a read-only checkout.
  [
    'tests',
    bin('vitest'),
    [
      'run',
      '--configLoader',
      'runner',
      // Named, not excluded: of two exclusions vitest takes either.
      ...['unit', 'contract', 'e2e', 'launchd'].flatMap((name) => ['--project', name]),
      ...process.argv.slice(2),
    ],
  ],
]

for (const [name, file, args] of steps) {
  const began = Date.now()
  const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit' })
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name} (${((Date.now() - began) / 1000).toFixed(1)}s)`)
  if (status !== 0) process.exit(status ?? 1)
}

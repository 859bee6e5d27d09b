// Installs the pinned agent CLIs that the real-agent tests drive into a cache folder of their own, never into the
// project. Prints one line a CLI; fails loudly when one cannot be installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `{name: {package, version}}`; the versions that the runtimes were measured with. */
export const pinned = JSON.parse(
  readFileSync(fileURLToPath(new URL('../test/agents/versions.json', import.meta.url)), 'utf8'),
)

export const cacheDir =
  process.env.TEAM_AGENTS_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'team-agents')

const minutes = 60_000

/** Installs what is missing. Returns the names that could not be installed. */
export function installAgents() {
  mkdirSync(cacheDir, { recursive: true })
  return Object.entries(pinned).flatMap(([name, { package: pkg, version }]) => {
    const target = join(cacheDir, `${name}-${version}`)
    if (works(name, target)) {
      console.log(`ok: ${name} ${version} (${target})`)
      return []
    }
    const began = Date.now()
    const error = install(name, `${pkg}@${version}`, target)
    const seconds = ((Date.now() - began) / 1000).toFixed(0)
    if (error === null) {
      console.log(`installed: ${name} ${version} in ${seconds}s (${target})`)
      return []
    }
    console.error(`\nFAILED: ${pkg}@${version} could not be installed:\n${error}\n`)
    return [name]
  })
}

/** Beside its place first: a run that was cut short leaves nothing that looks complete. */
function install(name, spec, target) {
  const partial = mkdtempSync(`${target}.`)
  try {
    writeFileSync(join(partial, 'package.json'), '{"private":true}\n')
    const npm = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', spec], {
      cwd: partial,
      encoding: 'utf8',
      timeout: 15 * minutes,
    })
    if (npm.status !== 0) return npm.error?.message ?? npm.stderr.trim()
    if (!works(name, partial)) return `${join(partial, 'node_modules/.bin', name)} --version fails`
    rmSync(target, { recursive: true, force: true })
    renameSync(partial, target)
    return null
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

function works(name, directory) {
  const program = join(directory, 'node_modules', '.bin', name)
  if (!existsSync(program)) return false
  const home = mkdtempSync(join(cacheDir, 'home.'))
  try {
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, DISABLE_AUTOUPDATER: '1' }
    return spawnSync(program, ['--version'], { env, cwd: home, timeout: minutes }).status === 0
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = installAgents().length === 0 ? 0 : 1

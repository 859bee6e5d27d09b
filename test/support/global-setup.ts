import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The tests drive the built program: a stale build would test yesterday's code. */
export default function setup(): void {
  const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url))
  execFileSync(process.execPath, [script, '--if-stale'], { stdio: 'inherit' })
}

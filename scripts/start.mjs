// `npm start`: brings the example team up, shows it, and says what to type next.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = fileURLToPath(new URL('../bin/team.js', import.meta.url))
const file = ['-f', 'team.example.yaml']

/** Runs `team ARGS` on the example; ends with its exit code when it fails. */
function team(...args) {
  const { status } = spawnSync(process.execPath, [program, ...file, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

team('up')
console.log()
team('ps')
console.log(`
The example team is up. Try, in this directory:

  node bin/team.js ${file.join(' ')} attach lead      talk to an agent; C-b d leaves it
  node bin/team.js ${file.join(' ')} logs -f          what their terminals show
  node bin/team.js ${file.join(' ')} reload --dry-run what an edit of the file would change
  node bin/team.js ${file.join(' ')} down             drain and stop all of them

npm link makes it \`team\` everywhere.`)

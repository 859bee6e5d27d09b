import type { CommandSpec, OptionSpec } from '../../../src/cli/command.ts'
import { globalOptions } from '../../../src/cli/global-options.ts'
import { commandSpecs } from '../../../src/cli/specs.ts'
import { agentStates } from '../../../src/model/status.ts'

/** The text of docs/commands.md, from the command table. */
export function commandsPage(): string {
  const shown = commandSpecs.filter((spec) => spec.hidden !== true)
  return `${[
    '# Commands',
    '<!-- Made from the command table. After a change there: npx vitest run test/unit/docs -u -->',
    ['| command | does |', '|---|---|', ...shown.map((spec) => summaryRow(spec))].join('\n'),
    targets,
    '## Options of every command',
    `They may stand before the command or after it. ${ownF()}`,
    optionTable(globalOptions),
    surroundings,
    json,
    ...shown.flatMap((spec) => [
      section(spec),
      ...(spec.subcommands ?? []).map((part) => section({ ...part, name: `${spec.name} ${part.name}` })),
    ]),
  ].join('\n\n')}\n`
}

const targets = `## Targets

Where a command takes \`[target...]\`, each names one or more agents: a project (\`web\`), an agent
(\`web:lead\`), an agent's own name when no other agent has it (\`lead\`), a glob (\`'web:*'\`, \`'work*'\`) or a role
(\`role=worker\`). None means all. A name that matches nothing is an error that tells the nearest one.

Durations are written \`500ms\`, \`30s\`, \`2m\`, \`1h\`.`

const surroundings = `Results go to stdout, progress and errors to stderr. Without a terminal, progress is plain lines.
With \`--json\`, a command that cannot go on prints \`{"error": {"code", "message", "hint", "details"}}\`.

| exit code | means |
|---|---|
| 0 | done |
| 1 | at least one agent failed; the others were still handled |
| 2 | wrong usage, or something is wrong in the compose file |
| 3 | tmux is missing, too old, or does not answer |
| 4 | timed out (\`--wait\`) |
| 5 | another \`team\` command holds the lock |
| 130 | interrupted |

\`exec\` ends with the exit code of the program it ran.

| variable | does |
|---|---|
| \`TEAM_FILE\` | compose file, when \`-f\` is not given; several are separated by \`:\` |
| \`TEAM_STATE_DIR\` | state directory, instead of \`.team\` beside the compose file |
| \`NO_COLOR\` | no colours |
| \`TMUX_TMPDIR\` | where tmux keeps its sockets; the same for everyone who is to see the same teams |`

/** Names in braces are checked against the types. */
const json = `## JSON

\`team ps --json\` is an array of

\`\`\`
{team, project, agent, id, role, runtime, model, supervisor, unit, state, activity, activitySince, activityDetail, pid, startedAt,
 uptimeMs, restarts, exitCode, exitSignal, exitReason, upToDate, orphan, cwd, sessionId, logFile}
\`\`\`

\`state\` is one of ${agentStates.map((state) => `\`${state}\``).join(', ')}. What is not known is null; times are ISO 8601 in UTC;
\`pid\` is the agent's own process. \`activityDetail\` without an \`activity\` says that the wrapper or the terminal of a \`running\` agent is gone.

\`up\`, \`down\`, \`reload\` and \`restart\` print \`{team, actions}\`, each action being

\`\`\`
{id, action, why, ok, drain, error}
\`\`\`

\`action\` is \`start\`, \`stop\`, \`restart\`, \`keep\` or \`skip\`; \`drain\` is null or \`{outcome, ms, exitCode, survivors}\`; \`error\` is
null or \`{code, message, hint}\`. With \`--wait\`, \`notReady\` lists the ids that were not ready in time.

\`logs\` and \`events\` print one object a line.`

/** `-f` follows in some commands, as it does elsewhere. */
function ownF(): string {
  const owners = commandSpecs.filter(({ options }) => options.some(({ flags }) => flags.startsWith('-f,')))
  const names = owners.map(({ name }) => `\`${name}\``).join(' and ')
  return `After ${names}, \`-f\` means \`--follow\`: name the compose file with \`--file\`, or before the command.
After \`send\` and \`task run\`, \`--file\` is the prompt: name the compose file with \`-f\`. With \`exec\` it stands before the
command: what follows belongs to the program, whose output \`--json\` leaves as it is.`
}

function summaryRow(spec: CommandSpec): string {
  return `| [\`team ${spec.name}\`](#team-${spec.name}) | ${cell(spec.summary)} |`
}

function section(spec: CommandSpec): string {
  const usage = ['team', spec.name, spec.options.length > 0 ? '[options]' : '', spec.args].filter(Boolean)
  const examples = spec.examples.length > 1 ? 'Examples:' : 'Example:'
  return [
    `## team ${spec.name}`,
    `${sentence(spec.summary)}`,
    `\`${usage.join(' ')}\``,
    ...(spec.options.length > 0 ? [optionTable(spec.options)] : []),
    ...(spec.examples.length > 0 ? [examples, `\`\`\`sh\n${spec.examples.join('\n')}\n\`\`\``] : []),
  ].join('\n\n')
}

function optionTable(options: readonly OptionSpec[]): string {
  const rows = options.map(({ flags, description, choices }) => {
    const among = choices === undefined ? '' : ` (${choices.map((choice) => `\`${choice}\``).join(', ')})`
    return `| \`${cell(flags)}\` | ${cell(description)}${among} |`
  })
  return ['| option | does |', '|---|---|', ...rows].join('\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** A bar would end the cell, and an angle bracket begin a tag outside of code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

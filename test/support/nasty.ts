import fc from 'fast-check'

/** Pieces on which quoting breaks, YAML, sh and tmux in turn. */
const nasty = [
  ...[
    "'",
    '"',
    '`',
    '\\',
    '$',
    '$$',
    '$(id)',
    '${HOME}',
    '$HOME',
    "'\\''",
    '!',
    '*',
    '?',
    '~',
    '&',
    ';',
    '|',
    '>',
  ],
  ...[
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '  ',
    '\u0001',
    '\u001b[31m',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
  ],
  ...[
    'é',
    '日本',
    '😀',
    '👩‍👩‍👧',
    'e\u0301',
    '\ufffd',
    '\u{10ffff}',
    '-',
    '--',
    '-n',
    '--help',
    '-e x',
    '=',
    '#',
    '#{pid}',
  ],
  ...['%H', '%', '{{x}}', ': ', '- ', '@', '<<', 'EOF', '\n:\n', '\\n', '\n\n'],
] as const

/** Text without NUL, of such pieces and of any others. */
export const text = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 })
  .map((parts) => parts.join('').replaceAll('\0', ''))
export const variableName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/).map((name) => `V_${name}`)
/** Names that mean something to a shell or to the wrapper itself. */
export const loadedName = fc.constantFrom(
  ...['IFS', 'ENV', 'PS1', 'PS4', 'CDPATH', 'OLDPWD', 'MAIL', 'OPTARG', 'FPATH', 'HOSTNAME', 'BASH_ENV'],
  ...[
    'team_dir',
    'team_id',
    'team_run',
    'team_spawn',
    'team_line',
    'team_status',
    'TEAM_X',
    'TERM',
    'LC_ALL',
    'HOME',
  ],
)

import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { systemErrorCode, TeamError } from '../errors.ts'

/** One file that was looked at; `text` null: it is not there. */
export interface Input {
  readonly path: string
  readonly text: string | null
}

/** Reads each file once and remembers what it saw. */
export interface Reader {
  /** The file's text, null when there is no such file. Throws `compose-unreadable`. */
  read(path: string): string | null
  /** Counts a text that came from elsewhere, or a file known to be missing. */
  note(path: string, text: string | null): void
  seen(): readonly Input[]
}

export function createReader(): Reader {
  const inputs = new Map<string, string | null>()
  return {
    read(path) {
      const known = inputs.get(path)
      if (known !== undefined) return known
      const text = readText(path)
      inputs.set(path, text)
      return text
    },
    note: (path, text) => void inputs.set(path, text),
    seen: () => Array.from(inputs, ([path, text]) => ({ path, text })),
  }
}

function readText(path: string): string | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw unreadable(path, reasons[code ?? ''] ?? String(code ?? error), error)
  }
  if (!isUtf8(bytes)) throw unreadable(path, 'it is not UTF-8 text', null, 'save it as UTF-8')
  return bytes.toString('utf8')
}

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ERR_INVALID_ARG_VALUE: 'the name has a NUL byte',
}

function unreadable(
  path: string,
  reason: string,
  cause: unknown,
  hint = 'check the path and its permissions',
): TeamError {
  return new TeamError('compose-unreadable', `cannot read ${path}: ${reason}`, {
    hint,
    cause: cause ?? undefined,
  })
}

/** Without the byte order mark that some editors put in front. */
export function withoutBom(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

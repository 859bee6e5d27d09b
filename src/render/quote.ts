import { TeamError } from '../errors.ts'

/**
 * The value as one word of a POSIX shell, byte for byte: dash, bash and busybox read it the same.
 * @throws TeamError `compose-invalid` for a NUL, which neither an argument nor a variable can hold.
 */
export function shellQuote(value: string): string {
  if (value.includes('\0')) {
    throw new TeamError(
      'compose-invalid',
      `a value holds a NUL byte: ${JSON.stringify(value.slice(0, 40))}`,
      {
        hint: 'Neither an argument nor an environment variable can hold one: remove it.',
      },
    )
  }
  return `'${value.replaceAll("'", "'\\''")}'`
}

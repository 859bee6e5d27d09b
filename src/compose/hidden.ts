import type { Compose } from '../model/compose.ts'

/** Stands for what is not shown. */
export const mask = '***'

/** Shorter values are no secrets, and part of too many other words. Characters. */
const shortest = 6

/** Every process of the user has these: hiding them would hide the paths below the home directory. */
const publicVariable =
  /^(?:PATH|HOME|PWD|OLDPWD|USER|LOGNAME|HOSTNAME|SHELL|LANG|TERM|TZ|TMPDIR|EDITOR|LC_.*|XDG_.*)$/

/** May the value of this variable be a secret? */
export function mayBeSecret(name: string, value: string): boolean {
  return value.length >= shortest && !publicVariable.test(name)
}

/** Values that no output shows: those of the variables that the file uses, and those that it gives to agents. */
export function hiddenValues(compose: Pick<Compose, 'agents' | 'interpolated'>): readonly string[] {
  const values = new Set(compose.interpolated)
  for (const { env } of compose.agents) {
    for (const [name, value] of Object.entries(env)) if (mayBeSecret(name, value)) values.add(value)
  }
  return [...values]
}

/** The text with each of `values` masked. */
export function hide(text: string, values: readonly string[]): string {
  // The longest first: one may be part of another.
  const found = values.filter((value) => text.includes(value)).sort((a, b) => b.length - a.length)
  return found.reduce((shown, value) => shown.replaceAll(value, mask), text)
}

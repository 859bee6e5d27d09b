/** A text read as something, or why it is none. The message names what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }

export const success = <T>(value: T): Parsed<T> => ({ ok: true, value })

export const failure = (message: string): Parsed<never> => ({ ok: false, message })

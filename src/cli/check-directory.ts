import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import type { Check } from '../model/check.ts'

/** Can files be written into a directory, which may have to be made first? */
export function writableCheck(name: string, directory: string): Check {
  let target = directory
  while (!existsSync(target) && target !== dirname(target)) target = dirname(target)
  try {
    accessSync(target, constants.W_OK)
    return { name, status: 'ok', detail: directory, hint: null }
  } catch (error) {
    const detail = `${directory} cannot be written: ${systemErrorCode(error) ?? 'unknown error'}`
    return { name, status: 'fail', detail, hint: 'make it writable' }
  }
}

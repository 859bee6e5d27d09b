import { readIfExists } from './files.ts'

let boot: string | null | undefined

/** Changes with each start of the machine; null where it does not tell. */
export function bootId(): string | null {
  boot ??=
    process.platform === 'linux' ? (readIfExists('/proc/sys/kernel/random/boot_id')?.trim() ?? null) : null
  return boot
}

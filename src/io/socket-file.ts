import { statSync, unlinkSync } from 'node:fs'

/** The file through which a server is reached. tmux leaves its own behind. */
export interface SocketFile {
  /** False only if nobody is reached through it: true as well where that cannot be seen. */
  mayBeLive(): boolean
  /** Remembers the file that is there; what is returned removes it, unless another has taken its place. */
  claim(): () => void
}

export function socketFile(path: string): SocketFile {
  const identity = () => {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true })
    return found === undefined ? null : `${found.ino} ${found.ctimeNs}`
  }
  return {
    mayBeLive() {
      try {
        return identity() !== null
      } catch {
        return true
      }
    },
    claim() {
      const own = quietly(identity)
      return () => {
        if (own !== null && quietly(identity) === own) quietly(() => unlinkSync(path))
      }
    },
  }
}

/** What is left behind harms nobody. */
function quietly<Result>(attempt: () => Result): Result | null {
  try {
    return attempt()
  } catch {
    return null
  }
}

/** A call whose process is there already and waits for its input. */
export interface ReadyCall<Reply> {
  /** null: its process has ended meanwhile, nobody was told. */
  use(input: string): Promise<Reply> | null
}

/** Starts it; one that is never used waits until the end of this process. */
export function readyCall<Reply>(start: (later: Promise<string>) => Promise<Reply>): ReadyCall<Reply> {
  let tell: (input: string) => void = () => undefined
  let over = false
  const reply = start(
    new Promise((resolve) => {
      tell = resolve
    }),
  )
  const end = () => {
    over = true
  }
  reply.then(end, end)
  return {
    use(input) {
      if (over) return null
      tell(input)
      return reply
    },
  }
}

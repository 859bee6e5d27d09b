import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./model-server/server.mjs', import.meta.url))

/** A request as the server understood it. `time` is ms since the epoch, when all of it had arrived. */
interface ModelRequest {
  readonly event: 'request'
  readonly time: number
  readonly n: number
  readonly agent: string
  readonly kind: 'text' | 'tool' | 'fail' | 'limit'
  /** Last text of the user; empty when a tool's result is what was sent. */
  readonly text: string
  readonly toolResult: string | null
  /** Every text of the user in this conversation. */
  readonly users: readonly string[]
  readonly assistants: readonly string[]
  /** The tools that the model might call. */
  readonly toolNames: readonly string[]
  /** Not the agent's own turn: a title, a summary. */
  readonly side: boolean
  readonly model?: string
}

interface ModelAnswer {
  readonly event: 'answered'
  readonly time: number
  readonly n: number
  readonly agent: string
  readonly kind: ModelRequest['kind']
  readonly side: boolean
  /** false: the client left before the end. */
  readonly complete: boolean
}

type Entry = ModelRequest | ModelAnswer | { readonly event: 'other' | 'error'; readonly time: number }

/** What the agent is doing as the server knows it, from `time` on. `tool`: it runs one, or asks whether it may. */
interface Truth {
  readonly time: number
  readonly doing: 'busy' | 'tool' | 'idle'
}

export interface ModelServer {
  /** Base address for one agent: what it sends is logged under that name. */
  url(agent: string): string
  entries(): readonly Entry[]
  /** Requests of the agent's own turns, oldest first. */
  requests(agent: string): readonly ModelRequest[]
  /** When the agent's turns began and ended, oldest first. */
  truth(agent: string): readonly Truth[]
  stop(): void
}

/** Starts the scripted model (see `model-server/script.mjs`) on 127.0.0.1, logging to `logFile`. */
export async function startModelServer(logFile: string): Promise<ModelServer> {
  const env = { PATH: process.env.PATH, MODEL_UNTIL_STDIN_ENDS: '1' }
  const child = spawn(process.execPath, [script, logFile], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
    child.once('exit', (code) => reject(new Error(`the model server ended with ${code}`)))
  })
  const entries = () => readEntries(logFile)
  const requests = (agent: string) =>
    entries().filter((entry) => entry.event === 'request' && entry.agent === agent && !entry.side)
  return {
    url: (agent) => `http://127.0.0.1:${port}/${agent}`,
    entries,
    requests: (agent) => requests(agent).filter((entry) => entry.event === 'request'),
    truth: (agent) => entries().flatMap((entry) => truthOf(entry, agent)),
    stop: () => {
      child.kill()
    },
  }
}

function truthOf(entry: Entry, agent: string): readonly Truth[] {
  if (entry.event !== 'request' && entry.event !== 'answered') return []
  if (entry.agent !== agent || entry.side) return []
  if (entry.event === 'request') return [{ time: entry.time, doing: 'busy' }]
  return [{ time: entry.time, doing: entry.kind === 'tool' && entry.complete ? 'tool' : 'idle' }]
}

function readEntries(logFile: string): readonly Entry[] {
  let text: string
  try {
    text = readFileSync(logFile, 'utf8')
  } catch {
    return [] // nothing was asked yet
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): Entry => JSON.parse(line))
}

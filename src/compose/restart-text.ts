import { defaultMaxRestarts, type RestartPolicy } from '../model/restart.ts'
import { failure, type Parsed, success } from './parsed.ts'
import { suggestion } from './suggest.ts'

export const restartPolicies = ['no', 'on-failure', 'always', 'unless-stopped'] as const

type PolicyName = RestartPolicy['policy']

const isPolicy = (text: string): text is PolicyName => restartPolicies.some((policy) => policy === text)

/** The short form: `no`, `on-failure`, `on-failure:5`, `always`, `unless-stopped`. */
export function parseRestart(text: string): Parsed<{ policy: PolicyName; max: number }> {
  const [name = '', count] = text.split(':', 2)
  if (!isPolicy(name)) return failure(`unknown restart policy "${text}"${suggestion(name, restartPolicies)}`)
  if (count === undefined && !text.includes(':')) return success({ policy: name, max: defaultMaxRestarts })
  if (name !== 'on-failure') return failure(`"${name}" takes no count; write {policy: ${name}, max: N}`)
  if (!/^\d{1,9}$/.test(text.slice(name.length + 1)))
    return failure('"on-failure:" must be followed by a whole number, such as on-failure:5')
  return success({ policy: name, max: Number(count) })
}

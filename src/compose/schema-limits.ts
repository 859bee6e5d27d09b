import * as z from 'zod/mini'
import { parseMemory } from './memory.ts'
import { key, parsedText, wholeNumber } from './schema-values.ts'

export const limits = z.strictObject({
  memory: key(
    'Memory, as a number and a unit: 512M, 2G. What would exceed it is killed by the kernel (`oom`).',
    parsedText('an amount of memory (512M, 2G)', parseMemory),
  ),
  cpu: key(
    'Processors, 0.01 to 1024: 1.5 is the time of one and a half.',
    z.number().check(
      z.minimum(0.01),
      z.maximum(1024),
      z.refine((cpu) => Math.abs(cpu * 100 - Math.round(cpu * 100)) < 1e-6, {
        error: 'can have two decimals at most',
      }),
    ),
  ),
  tasks: key(
    'Processes and threads, those of its terminal (about ten) included; at least 16.',
    wholeNumber().check(z.minimum(16)),
  ),
})

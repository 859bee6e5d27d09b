import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Interrupt } from '../../../src/cli/context.ts'
import { listenForInterrupts } from '../../../src/cli/interrupt.ts'

let source: EventEmitter
let interrupt: Interrupt

beforeEach(() => {
  source = new EventEmitter()
  interrupt = listenForInterrupts(source)
})

describe('listenForInterrupts', () => {
  it('leaves signals to the system until a command looks', () => {
    expect(source.emit('SIGINT')).toBe(false)
    expect(interrupt.stop.aborted).toBe(false)
    expect(source.emit('SIGTERM')).toBe(true)
    expect(interrupt.stop.aborted).toBe(true)
    expect(interrupt.force.aborted).toBe(false)
  })

  it('kills at the second one', () => {
    expect(interrupt.force.aborted).toBe(false)
    source.emit('SIGINT')
    source.emit('SIGINT')
    expect(interrupt.force.aborted).toBe(true)
  })

  it('goes on waiting for the second one while agents are being drained', () => {
    const told: number[] = []
    interrupt.onFirst = (ms) => told.push(ms) > 0
    expect(interrupt.stop.aborted).toBe(false)
    source.emit('SIGINT')
    expect(told).toEqual([3_000])
    expect(interrupt.stop.aborted).toBe(false)
    source.emit('SIGINT')
    expect(interrupt.stop.aborted).toBe(true)
  })

  it('leaves Ctrl-C to a program that was given the terminal, and nothing else', () => {
    interrupt.handOver()
    expect(source.emit('SIGINT')).toBe(true)
    expect(source.emit('SIGTERM')).toBe(false)
    expect(interrupt.stop.aborted).toBe(false)
  })
})

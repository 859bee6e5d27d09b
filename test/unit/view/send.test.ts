import { expect, it } from 'vitest'
import { type Sent, sentLines } from '../../../src/view/send.ts'

const sent = (own: Partial<Sent>): Sent => ({
  id: 'web:lead',
  delivery: 'accepted',
  reason: null,
  submittedAt: 1,
  answer: null,
  ...own,
})

it('is the answer alone, where there is nothing else to say', () => {
  expect(sentLines([sent({ answer: 'done' })])).toBe('done')
  expect(sentLines([sent({})])).toBe('web:lead   accepted')
})

it('says why a turn has broken off, and what it had said by then', () => {
  const lines = sentLines([sent({ answer: 'so far', reason: 'its turn ended in: the turn was interrupted' })])
  expect(lines).toBe('web:lead   accepted: its turn ended in: the turn was interrupted\nso far\n')
})

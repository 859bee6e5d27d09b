import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serviceFormat } from '../../../src/supervisor/systemd/unit-file.ts'
import { unitName } from '../../../src/supervisor/units/format.ts'
import { heldIn, heldText, heldVariable, parseHeld } from '../../../src/supervisor/units/held.ts'
import { writtenLaunches } from '../../support/launches.ts'
import { createSandbox } from '../../support/sandbox.ts'

function someLaunch() {
  const sandbox = createSandbox()
  try {
    const [launch] = writtenLaunches(sandbox.dir, sandbox.env, [{ command: ['true'] }])
    if (launch === undefined) throw new Error('nothing rendered')
    return launch
  } finally {
    sandbox.dispose()
  }
}

const launch = someLaunch()
const name = unitName(launch, serviceFormat)

describe('what a main process says of itself', () => {
  it('is what it was started as, whatever the paths hold and whoever shows it', () => {
    const path = fc.string({ unit: 'grapheme' }).map((text) => `/${text}`)
    fc.assert(
      fc.property(path, path, fc.constantFrom('=', ' => '), (agentDir, directory, sign) => {
        const text = heldText({ ...launch, agentDir }, { name: 'unit-1', directory })
        const shown = heldIn(`PATH=/bin "${heldVariable}${sign}${text}" HOME=/`)
        expect(parseHeld(shown, launch.team, name, serviceFormat)).toMatchObject({
          readable: true,
          socket: { name: 'unit-1', directory },
          labels: { id: launch.id, agentDir, drain: launch.drain, fingerprint: launch.fingerprint },
        })
      }),
    )
  })

  it('is nothing of ours by another team, in another unit, or cut', () => {
    const text = heldText(launch, { name: 'unit-1', directory: '' })
    expect(parseHeld(text, 'acm', name, serviceFormat)).toBeNull()
    expect(parseHeld(text, launch.team, 'team-acme.web.other.service', serviceFormat)).toBeNull()
    expect(parseHeld(null, launch.team, name, serviceFormat)).toBeNull()
    expect(parseHeld('', launch.team, name, serviceFormat)).toBeNull()
    expect(parseHeld(text.slice(0, 60), launch.team, name, serviceFormat)?.readable).not.toBe(true)
  })
})

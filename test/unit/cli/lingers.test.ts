import { expect, it } from 'vitest'
import { lingers } from '../../../src/cli/systemd.ts'

it('a user without a name has no manager that lingers', () => {
  const nameless = () => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  }
  expect(lingers(nameless)).toBe(false)
})

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Caches live outside the checkout, so that the suite passes from a read-only one.
const cacheDir = join(tmpdir(), `team-vitest-${process.getuid?.() ?? 0}`)

export default defineConfig({
  cacheDir,
  test: {
    projects: [
      {
        cacheDir,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/architecture.test.ts'],
          testTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        cacheDir,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        cacheDir,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        cacheDir,
        test: {
          // Beside a user manager of their own: `npm run test:systemd` brings it up.
          name: 'systemd',
          include: [
            'test/systemd/**/*.test.ts',
            // The same on systemd: how agents end, and what reaches them.
            ...['drain', 'exit-codes', 'bytes', 'last-words'].map((name) => `test/e2e/${name}.test.ts`),
          ],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        cacheDir,
        test: {
          // On a stand-in for launchd, which needs nothing of the machine.
          name: 'launchd',
          env: { TEAM_TEST_SUPERVISOR: 'launchd' },
          include: ['test/launchd/contract.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        cacheDir,
        test: {
          // What takes longer, and the same on launchd: how agents end, and what reaches them. `npm run test:launchd`.
          name: 'launchd-e2e',
          env: { TEAM_TEST_SUPERVISOR: 'launchd' },
          include: [
            ...['failures', 'lost-files'].map((name) => `test/launchd/${name}.test.ts`),
            ...['drain', 'exit-codes', 'bytes', 'last-words'].map((name) => `test/e2e/${name}.test.ts`),
          ],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 6 },
        },
      },
      {
        cacheDir,
        test: {
          // Alone, as it measures how soon something is seen.
          name: 'agents-activity',
          include: ['test/agents/activity.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        cacheDir,
        test: {
          // The real CLIs: only run by `npm run test:agents`, which installs them.
          name: 'agents',
          include: ['test/agents/**/*.test.ts'],
          exclude: ['test/agents/activity.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 7 },
        },
      },
    ],
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', './scripts/countReporter.mjs'],
    // Every core: tests of shaders wait for the device as often as they compute.
    maxWorkers: '100%',
    projects: [
      // Dawn's null backend: validates every shader, pipeline and plan with no driver at all.
      { test: { name: 'null', include: ['test/null/**/*.test.ts'], pool: 'forks', testTimeout: 60_000 } },
      // Dawn on the adapter of this machine, the embedded software adapter if there is no other.
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      // The packed library in users' projects: Node, TypeScript, Vite, webpack, a worker, Deno. Wants a build.
      {
        test: {
          name: 'consumers',
          include: ['test/consumers/*.test.ts'],
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      // The page in a real browser on its software adapter. Wants `npm run build:demo`.
      {
        test: {
          name: 'browser',
          // After the others and one at a time: a page that trains takes the whole processor.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          include: ['test/browser/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      // The promises that the compiler keeps.
      {
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'] },
        },
      },
    ],
  },
})

/** Sources, not built output: tests of any package run without a build. */
const conditions = ['@csi-ts/source', 'node', 'import', 'module', 'default']

/** The vitest configuration that every package shares. */
export const packageTests = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: 'node' as const,
    pool: 'forks' as const,
    include: ['src/**/*.spec.ts'],
    reporters: ['default', ['json', { outputFile: 'test-report.json' }]] as [
      'default',
      ['json', { outputFile: string }],
    ],
    // A test that hangs must say so well before the run's own limit; real sockets on a busy machine need more than 5 s.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
}

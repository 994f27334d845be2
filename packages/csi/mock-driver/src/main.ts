#!/usr/bin/env node
import process from 'node:process'
import { packageVersion, runMain } from '@csi-ts/process'
import { flags } from './flags.ts'
import { runMockDriver } from './run-mock-driver.ts'

await runMain({
  name: 'csi-mock-driver',
  version: packageVersion(import.meta.url),
  summary:
    'A CSI driver in memory whose every call can be held, delayed, failed, cut or made the death of the process.',
  flags: { ...flags },
  start: (options, ctx) => runMockDriver(options, { ...ctx, kill: () => process.kill(process.pid, 'SIGKILL') }),
})

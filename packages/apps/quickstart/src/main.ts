#!/usr/bin/env node
import process from 'node:process'
import { packageVersion, runMain, writeAll } from '@csi-ts/process'
import { createLogger } from '@csi-ts/telemetry'
import { flags } from './flags.ts'
import { runQuickstart } from './quickstart.ts'

await runMain({
  name: 'quickstart',
  kind: 'tool',
  version: packageVersion(import.meta.url),
  summary:
    'Shows the whole way of a volume in one terminal, without a cluster: claim, CreateVolume, mount, bytes, and back.',
  flags,
  start: (options, ctx) =>
    runQuickstart(options, ctx, {
      isTerminal: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
      write: (text) => writeAll(1, text),
      componentLog: createLogger({ format: 'text', verbosity: 5, write: (line) => writeAll(2, line) }),
      argv: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    }),
})

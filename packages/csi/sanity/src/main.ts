#!/usr/bin/env node
import { packageVersion, runMain, writeAll } from '@csi-ts/process'
import { runSanityCommand } from './sanity-command.ts'
import { sanityFlags } from './sanity-flags.ts'

await runMain({
  name: 'csi-ts-sanity',
  version: packageVersion(import.meta.url),
  summary: 'Checks a CSI driver against the specification, case by case.',
  kind: 'tool',
  flags: { ...sanityFlags },
  start: (options, ctx) => runSanityCommand(options, { ...ctx, write: (text) => writeAll(1, text) }),
})

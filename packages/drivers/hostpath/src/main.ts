#!/usr/bin/env node
import { serveCsi } from '@csi-ts/driver-sdk'
import { packageVersion, runMain } from '@csi-ts/process'
import { createHostpathDriver } from './driver.ts'
import { flags, toHostpathOptions, toServeOptions } from './flags.ts'

const version = packageVersion(import.meta.url)

await runMain({
  name: 'hostpathplugin',
  version,
  summary: 'CSI driver whose volumes are directories of one node, for tests and demonstrations.',
  flags: { ...flags },
  async start(options, { log, signal, changedFlags }) {
    const driver = await createHostpathDriver({ log, signal }, toHostpathOptions(options, { version, changedFlags }))
    const server = await serveCsi(driver, { endpoint: options.endpoint, log, signal, ...toServeOptions(options) })
    await server.closed
  },
})

import { connectDriver } from '@csi-ts/csi-client'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Backend } from './port.ts'

/** Asks the driver itself, over its socket, which volumes it holds. */
export function driverBackend(socket: string, ctx: WorkContext): Backend {
  return {
    async volumes() {
      const driver = await connectDriver({
        address: socket,
        connectTimeoutMs: 10_000,
        log: ctx.log,
        signal: ctx.signal,
      })
      try {
        const ids: string[] = []
        let startingToken = ''
        do {
          const page = await driver.controller.listVolumes({ startingToken }, { ...ctx, timeoutMs: 10_000 })
          ids.push(...page.entries.flatMap(({ volume }) => (volume === undefined ? [] : [volume.volumeId])))
          startingToken = page.nextToken
        } while (startingToken !== '')
        return ids
      } finally {
        driver.close()
      }
    },
  }
}

import { readFile } from 'node:fs/promises'
import { ControllerCapability, NodeCapability } from '@csi-ts/csi-proto'
import { serveCsi } from '@csi-ts/driver-sdk'
import type { FlagValues, ProcessContext } from '@csi-ts/process'
import { addTo, serveControl } from './control-server.ts'
import { type MockDriverFlags, toCapabilities } from './flags.ts'
import { createMockDriver } from './mock-driver.ts'
import { parseRules } from './script-text.ts'
import { createStateFile } from './state-file.ts'

/** A mock driver as a process: serves until the signal fires. `kill` is how a rule ends the process. */
export async function runMockDriver(
  options: FlagValues<{ readonly [K in keyof MockDriverFlags]: MockDriverFlags[K] }>,
  ctx: ProcessContext & { readonly kill: () => void },
): Promise<void> {
  const rules = options.script === '' ? [] : parseRules(await readFile(options.script, 'utf8'))
  const file = options.stateFile === '' ? undefined : createStateFile(options.stateFile)
  const readyMs = ctx.clock.monotonicMs() + options.readyAfter
  const mock = createMockDriver({
    name: options.drivername,
    nodeId: options.nodeid,
    controllerCapabilities: toCapabilities(ControllerCapability, options.controllerCapabilities),
    nodeCapabilities: toCapabilities(NodeCapability, options.nodeCapabilities),
    topology: Object.keys(options.topology).length === 0 ? undefined : options.topology,
    maxVolumesPerNode: options.maxVolumesPerNode,
    makeTargets: options.makeTargets,
    ready: () => ctx.clock.monotonicMs() >= readyMs,
    state: await file?.load(),
    onChange: (state) => file?.save(state),
    clock: ctx.clock,
  })
  for (const rule of rules) addTo(mock, rule, ctx.kill)
  const control =
    options.control === '' ? undefined : await serveControl(mock, { path: options.control, kill: ctx.kill })
  try {
    const serving = await serveCsi(mock.driver, { endpoint: options.endpoint, log: ctx.log, signal: ctx.signal })
    await serving.closed
  } finally {
    await control?.close()
  }
}

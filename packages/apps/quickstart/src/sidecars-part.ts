import { join } from 'node:path'
import { linkSignals } from '@csi-ts/concurrency'
import { externalProvisioner } from '@csi-ts/external-provisioner/sidecar'
import { flags as livenessprobeFlags } from '@csi-ts/livenessprobe'
import { createLivenessprobe } from '@csi-ts/livenessprobe/sidecar'
import { flags as registrarFlags } from '@csi-ts/node-driver-registrar'
import { createRegistrar } from '@csi-ts/node-driver-registrar/sidecar'
import {
  describeExit,
  type ExitReason,
  type FlagTable,
  type FlagValues,
  type ProcessContext,
  parseFlags,
} from '@csi-ts/process'
import { sidecarProgram } from '@csi-ts/sidecar-kit'
import { createMetrics } from '@csi-ts/telemetry'
import type { Closers } from './closers.ts'

/** Where the sidecars find what they work with. */
export interface SidecarPlaces {
  readonly kubeconfig: string
  readonly driverSocket: string
  /** Kubelet's `--root-dir`. */
  readonly rootDir: string
}

/** Starts external-provisioner, node-driver-registrar and livenessprobe in this process; the value is the health URL. */
export async function startSidecars(
  places: SidecarPlaces,
  closers: Closers,
  ctx: ProcessContext,
): Promise<{ readonly detail: string; readonly value: string }> {
  const driver = `--csi-address=${places.driverSocket}`
  const registry = join(places.rootDir, 'plugins_registry')
  const listening = Promise.withResolvers<string>()
  const serving = Promise.withResolvers<unknown>()
  const ended = [
    runSidecar(
      sidecarProgram(externalProvisioner, '').flags,
      [driver, `--kubeconfig=${places.kubeconfig}`],
      (options, own) => sidecarProgram(externalProvisioner, '').start(options, own),
      closers,
      ctx,
    ),
    runSidecar(
      registrarFlags,
      [driver, `--kubelet-registration-path=${places.driverSocket}`, `--plugin-registration-path=${registry}`],
      (options, own) =>
        createRegistrar({ metrics: createMetrics(), ...own, onServing: serving.resolve }, options).run(own),
      closers,
      ctx,
    ),
    runSidecar(
      livenessprobeFlags,
      [driver, '--http-endpoint=127.0.0.1:0'],
      (options, own) =>
        createLivenessprobe({ metrics: createMetrics(), ...own, onListening: listening.resolve }, options).run(own),
      closers,
      ctx,
    ),
  ]
  const failed = Promise.race(ended).then((reason): never => {
    throw new Error(describeExit(reason))
  })
  // Looked at only while the sidecars start; later a step that gets no further tells.
  failed.catch(() => undefined)
  const [address] = await Promise.race([Promise.all([listening.promise, serving.promise]), failed])
  return { detail: 'external-provisioner, node-driver-registrar, livenessprobe', value: `http://${address}` }
}

/** Starts one sidecar with the command line that its own process would get. */
function runSidecar<T extends FlagTable>(
  table: T,
  args: readonly string[],
  start: (options: FlagValues<T>, ctx: ProcessContext) => Promise<ExitReason | undefined> | Promise<void>,
  closers: Closers,
  ctx: ProcessContext,
): Promise<ExitReason> {
  const { values, changed } = parseFlags(table, args)
  // Sidecars outlive an interrupt: they are needed for the way back. The closer ends them.
  const link = linkSignals()
  const running = (async () =>
    (await start(values, { ...ctx, signal: link.signal, changedFlags: changed })) ?? finished)()
  closers.add(async () => {
    link.abort(new Error('quickstart is over'))
    await running
  })
  return running
}

const finished: ExitReason = { kind: 'finished' }

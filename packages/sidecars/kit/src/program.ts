import type { FlagTable, Program } from '@csi-ts/process'
import { type CommonOptions, commonFlags } from './common-flags.ts'
import { runSidecar } from './run-sidecar.ts'
import type { SidecarModule } from './sidecar.ts'

/** The program of one sidecar, for `runMain`: its own flags, the common ones, and {@link runSidecar}. */
export function sidecarProgram<O extends object>(module: SidecarModule<O>, summary: string): Program<FlagTable> {
  const { name, version, flags, commonDefaults = {} } = module
  const common = Object.fromEntries(
    Object.entries(commonFlags).map(([key, spec]) => [
      key,
      key in commonDefaults ? { ...spec, default: commonDefaults[key as keyof CommonOptions] } : spec,
    ]),
  )
  return {
    name,
    version,
    summary,
    flags: { ...(flags as FlagTable), ...common },
    // parseFlags fills every key of the table that was given to it.
    start: (options, ctx) => runSidecar(module, options as unknown as O & CommonOptions, ctx),
  }
}

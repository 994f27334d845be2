import { type FlagsFor, flag } from '@csi-ts/process'

/** The command line of quickstart. */
export interface QuickstartOptions {
  readonly driverEndpoint: string
  readonly parameters: Readonly<Record<string, string>>
  readonly json: boolean
  readonly keep: boolean
  readonly verbose: boolean
}

/** The flags of quickstart. */
export const flags: FlagsFor<QuickstartOptions> = {
  driverEndpoint: flag.string({
    name: 'driver-endpoint',
    default: '',
    help: 'Socket of a CSI driver that is already running, e.g. unix:///tmp/csi.sock, to take part instead of the hostpath driver.',
  }),
  parameters: flag.stringMap({
    name: 'parameters',
    default: {},
    help: 'Parameters of the StorageClass, for a driver that needs some: key=value,key2=value2.',
  }),
  json: flag.bool({
    name: 'json',
    default: false,
    help: 'Print one JSON object per step, one per line, for programs.',
  }),
  keep: flag.bool({
    name: 'keep',
    default: false,
    help: 'Stop after the bytes were read back, leave everything running, say how to look at it, and clean up on Ctrl-C.',
  }),
  verbose: flag.bool({
    name: 'verbose',
    default: false,
    help: "Print the components' own logs as well, on stderr.",
  }),
}

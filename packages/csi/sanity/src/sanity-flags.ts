import { type FlagSpec, type FlagsFor, flag } from '@csi-ts/process'
import type { AccessType } from './suite-options.ts'

/** The options of the command. */
export interface SanityFlagValues {
  readonly endpoint: string
  readonly controllerEndpoint: string
  readonly list: boolean
  readonly focus: readonly RegExp[]
  readonly skip: readonly RegExp[]
  readonly showSkipped: boolean
  readonly failFast: boolean
  readonly junitFile: string
  readonly jsonFile: string
  readonly accessType: AccessType
  readonly volumeSize: bigint
  readonly expandSize: bigint
  readonly parametersFile: string
  readonly mutableParametersFile: string
  readonly snapshotParametersFile: string
  readonly secretsFile: string
  readonly targetDir: string
  readonly stagingDir: string
  readonly createTargetDirCommand: string
  readonly createStagingDirCommand: string
  readonly removeTargetDirCommand: string
  readonly removeStagingDirCommand: string
  readonly checkPathCommand: string
  readonly commandTimeout: number
  readonly restartCommand: string
  readonly attachLimit: boolean
  readonly repetitions: number
  readonly connectTimeout: number
  readonly callTimeout: number
  readonly readyTimeout: number
}

/** The flags of the command. */
export const sanityFlags: FlagsFor<SanityFlagValues> = {
  endpoint: text('endpoint', "The driver's socket, unix:///path/csi.sock. Required, except with --list."),
  controllerEndpoint: text('controller-endpoint', 'Socket of the controller services. Default: --endpoint.'),
  list: flag.bool({ name: 'list', default: false, help: 'Print the names of the selected cases and end.' }),
  focus: patterns('focus', 'Run only cases whose name matches this regular expression; may be given several times.'),
  skip: patterns('skip', 'Leave out cases whose name matches this regular expression; may be given several times.'),
  showSkipped: flag.bool({ name: 'show-skipped', default: false, help: 'Print skipped cases, with their reasons.' }),
  failFast: flag.bool({ name: 'fail-fast', default: false, help: 'End after the first case that fails.' }),
  junitFile: text('junit-file', 'Write the results here, as JUnit XML.'),
  jsonFile: text('json-file', 'Write the results here, as JSON.'),
  accessType: flag.enumeration({
    name: 'access-type',
    default: 'mount',
    values: ['mount', 'block'],
    help: 'Kind of volumes to work with.',
  }),
  volumeSize: bytes('volume-size', 10n << 30n, 'Size of the volumes.'),
  expandSize: bytes('expand-size', 0n, 'Size that volumes are expanded to. Default: 1Gi more than --volume-size.'),
  parametersFile: text('parameters-file', 'YAML map: parameters of CreateVolume.'),
  mutableParametersFile: text(
    'mutable-parameters-file',
    'YAML map: mutable parameters that the driver accepts. Without it, cases that modify volumes are skipped.',
  ),
  snapshotParametersFile: text('snapshot-parameters-file', 'YAML map: parameters of CreateSnapshot.'),
  secretsFile: text('secrets-file', 'YAML map from RPCs (CreateVolume, or CreateVolumeSecret) to maps of secrets.'),
  targetDir: text('target-dir', 'Directory for target paths. Default: a new one below the temporary directory.'),
  stagingDir: text('staging-dir', 'Directory for staging paths. Default: a new one below the temporary directory.'),
  createTargetDirCommand: text(
    'create-target-dir-command',
    'Called with a path: makes the directory and prints the path to use in its place. Default: mkdir.',
  ),
  createStagingDirCommand: text('create-staging-dir-command', 'The same for staging directories.'),
  removeTargetDirCommand: text('remove-target-dir-command', 'Called with a path: removes it. Default: rmdir.'),
  removeStagingDirCommand: text('remove-staging-dir-command', 'The same for staging directories.'),
  checkPathCommand: text(
    'check-path-command',
    'Called with a path: prints file, directory, not_found or other. Default: stat.',
  ),
  commandTimeout: flag.duration({ name: 'command-timeout', default: 10_000, min: 1, help: 'For each command.' }),
  restartCommand: text(
    'restart-command',
    'Kills the driver and starts it again; may return before it is ready. Without it, cases that need it are skipped.',
  ),
  attachLimit: flag.bool({
    name: 'attach-limit',
    default: false,
    help: 'Attach volumes until the limit of the node is reached.',
  }),
  repetitions: flag.uint({ name: 'repetitions', default: 10, help: 'How often what must be repeatable is repeated.' }),
  connectTimeout: flag.duration({
    name: 'connect-timeout',
    default: 60_000,
    min: 1,
    help: 'How long to wait for the socket.',
  }),
  callTimeout: flag.duration({ name: 'call-timeout', default: 60_000, min: 1, help: 'Deadline of each call.' }),
  readyTimeout: flag.duration({
    name: 'ready-timeout',
    default: 120_000,
    min: 1,
    help: 'How long the driver may say that it is still at work on a volume or snapshot.',
  }),
}

function text(name: string, help: string): FlagSpec<string> {
  return flag.string({ name, default: '', help })
}

function patterns(name: string, help: string): FlagSpec<readonly RegExp[]> {
  return {
    name,
    kind: 'regular expression',
    default: [],
    help,
    parse(given) {
      try {
        return [new RegExp(given, 'i')]
      } catch {
        throw new Error('allowed: a regular expression of JavaScript')
      }
    },
    format: (list) => list.map(({ source }) => source).join(' | '),
    accumulate: (before, next) => [...before, ...next],
  }
}

const units: Readonly<Record<string, bigint>> = { '': 1n, Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n }

function bytes(name: string, byDefault: bigint, help: string): FlagSpec<bigint> {
  return {
    name,
    kind: 'bytes',
    default: byDefault,
    help,
    parse(given) {
      const [, digits = '', unit = ''] = /^(\d{1,18})(Ki|Mi|Gi|Ti)?$/.exec(given) ?? []
      if (digits === '') throw new Error('allowed: a number of bytes, such as 1073741824 or 1Gi')
      return BigInt(digits) * (units[unit] ?? 1n)
    },
    format: String,
  }
}

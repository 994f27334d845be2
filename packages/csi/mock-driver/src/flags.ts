import { ControllerCapability, NodeCapability } from '@csi-ts/csi-proto'
import { type FlagSpec, flag } from '@csi-ts/process'
import { defaultControllerCapabilities, defaultNodeCapabilities } from './mock-driver.ts'

/** The flags of the mock driver process. */
export interface MockDriverFlags {
  readonly endpoint: FlagSpec<string>
  readonly drivername: FlagSpec<string>
  readonly nodeid: FlagSpec<string>
  readonly stateFile: FlagSpec<string>
  readonly script: FlagSpec<string>
  readonly control: FlagSpec<string>
  readonly controllerCapabilities: FlagSpec<readonly string[]>
  readonly nodeCapabilities: FlagSpec<readonly string[]>
  readonly topology: FlagSpec<Readonly<Record<string, string>>>
  readonly maxVolumesPerNode: FlagSpec<number>
  readonly makeTargets: FlagSpec<boolean>
  readonly readyAfter: FlagSpec<number>
}

export const flags: MockDriverFlags = {
  endpoint: flag.string({ name: 'endpoint', default: 'unix:///tmp/csi.sock', help: 'CSI endpoint, a UNIX socket.' }),
  drivername: flag.string({ name: 'drivername', default: 'mock.csi.example.com', help: 'Name of the driver.' }),
  nodeid: flag.string({ name: 'nodeid', default: 'node-1', help: 'Id of this node.' }),
  stateFile: flag.string({
    name: 'state-file',
    default: '',
    help: 'File that keeps the volumes over a restart. Default: none.',
  }),
  script: flag.string({ name: 'script', default: '', help: 'JSON file with a list of rules. Default: none.' }),
  control: flag.string({
    name: 'control',
    default: '',
    help: 'UNIX socket that takes rules as lines of JSON. Default: none.',
  }),
  controllerCapabilities: names('controller-capabilities', ControllerCapability, defaultControllerCapabilities),
  nodeCapabilities: names('node-capabilities', NodeCapability, defaultNodeCapabilities),
  topology: flag.stringMap({
    name: 'topology',
    default: {},
    help: 'Topology segments of the node, key=value. Default: none.',
  }),
  maxVolumesPerNode: flag.uint({ name: 'max-volumes-per-node', default: 0, help: 'Attach limit; 0 for none.' }),
  makeTargets: flag.bool({ name: 'make-targets', default: true, help: 'Make a directory at each target path.' }),
  readyAfter: flag.duration({
    name: 'ready-after',
    default: 0,
    min: 0,
    help: 'How long Probe answers "not ready" after the start.',
  }),
}

/** Numbers of capabilities by their names in an enum. */
export function toCapabilities(values: Readonly<Record<string, number>>, given: readonly string[]): readonly number[] {
  return given.filter((name) => name !== 'none').map((name) => values[name] ?? -1)
}

/** A list of names of an enum that adds up; the first one given replaces the default. */
function names(
  name: string,
  values: Readonly<Record<string, number>>,
  defaults: readonly number[],
): FlagSpec<readonly string[]> {
  const known = Object.keys(values).filter((key) => (values[key] ?? 0) > 0)
  const list = flag.stringList({
    name,
    default: known.filter((key) => defaults.includes(values[key] ?? 0)),
    help: 'Capabilities, comma separated; none for none.',
  })
  return {
    ...list,
    parse(text) {
      const given = list.parse(text)
      const unknown = given.find((item) => item !== 'none' && !known.includes(item))
      if (unknown !== undefined) throw new Error(`no capability ${unknown} (allowed: none, ${known.join(', ')})`)
      return given
    },
  }
}

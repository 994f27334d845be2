import { join } from 'node:path'
import type { SanityTarget } from './run-sanity.ts'

const hostpath = join(import.meta.dirname, '../../../packages/drivers/hostpath/src/main.ts')

/** The drivers of this repository, as they run from their sources under this Node. */
export function sanityTargets(node: string): readonly SanityTarget[] {
  const run = (main: string, ...flags: readonly string[]): readonly string[] => [
    node,
    '--conditions=@csi-ts/source',
    main,
    ...flags,
  ]
  return [
    {
      name: 'hostpath with default flags',
      argv: ({ endpoint, directory }) =>
        run(hostpath, `--endpoint=${endpoint}`, `--statedir=${directory}`, '--nodeid=node-1'),
      staying: ['volumes', 'node'],
    },
    {
      name: 'hostpath with attaching, limits, pools and mutable parameters',
      argv: ({ endpoint, directory }) =>
        run(
          hostpath,
          `--endpoint=${endpoint}`,
          `--statedir=${directory}`,
          '--nodeid=node-1',
          '--enable-attach',
          '--attach-limit=3',
          '--check-volume-lifecycle',
          '--capacity=fast=1Gi',
          '--enable-controller-modify-volume',
          '--accepted-mutable-parameter-names=speed,colour',
        ),
      flags: { testnodevolumeattachlimit: 'true' },
      mutableParameters: { speed: 'slow' },
      staying: ['volumes', 'node'],
    },
  ]
}

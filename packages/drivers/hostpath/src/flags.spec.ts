import { parseFlags, UsageError } from '@csi-ts/process'
import { describe, expect, it } from 'vitest'
import { flags, toHostpathOptions, toServeOptions } from './flags.ts'

function parse(...argv: string[]) {
  const { values, changed } = parseFlags({ ...flags }, argv)
  return { values, options: () => toHostpathOptions(values, { version: 'v1', changedFlags: changed }) }
}

describe('flags', () => {
  it('have the names and defaults of the Go driver', () => {
    const table = Object.values(flags).map(
      (spec) => `${spec.name}=${(spec.format as (value: unknown) => string)(spec.default)}`,
    )
    expect(table).toEqual([
      'endpoint=unix:///tmp/csi.sock',
      'drivername=hostpath.csi.k8s.io',
      'statedir=/csi-data-dir',
      'nodeid=',
      'ephemeral=false',
      'maxvolumespernode=0',
      'attach-limit=0',
      'capacity=',
      'enable-attach=false',
      'check-volume-lifecycle=false',
      'max-volume-size=1099511627776',
      'max-volume-size-node=0',
      'enable-topology=true',
      'enable-volume-expansion=true',
      'node-expand-required=true',
      'disable-controller-expansion=false',
      'disable-node-expansion=false',
      'enable-controller-modify-volume=false',
      'accepted-mutable-parameter-names=',
      'enable-snapshot-metadata=false',
      'snapshot-metadata-block-type=FIXED_LENGTH',
      'enable-list-snapshots=true',
      'proxy-endpoint=',
      // Additions.
      'kubelet-registration-path=',
      'plugin-registration-path=/registration',
      'http-endpoint=',
      'probe-timeout=1s',
    ])
  })

  it('become options', () => {
    const { options } = parse(
      '--nodeid=n1',
      '-statedir',
      '/data',
      '--capacity=fast=100Gi',
      '--capacity',
      'slow=1k',
      '--enable-attach',
      '--attach-limit=-1',
      '--max-volume-size=9223372036854775807',
      '--accepted-mutable-parameter-names=a,b',
      '--disable-node-expansion',
    )
    expect(options()).toMatchObject({
      nodeId: 'n1',
      stateDir: '/data',
      version: 'v1',
      pools: new Map([
        ['fast', 100n << 30n],
        ['slow', 1000n],
      ]),
      enableAttach: true,
      attachLimit: -1,
      maxVolumeSizeBytes: (1n << 63n) - 1n,
      maxVolumeSizeNodeBytes: (1n << 63n) - 1n,
      acceptedMutableParameters: new Set(['a', 'b']),
      enableControllerExpansion: true,
      enableNodeExpansion: false,
    })
  })

  it('switch expansion off under both names', () => {
    for (const name of ['enable-volume-expansion', 'node-expand-required']) {
      expect(parse('--nodeid=n', `--${name}=false`).options()).toMatchObject({
        enableControllerExpansion: false,
        enableNodeExpansion: false,
      })
    }
  })

  it('register and answer health only when asked to', () => {
    expect(toServeOptions(parse().values)).toEqual({})
    const asked = parse('--kubelet-registration-path=/x/csi.sock', '--http-endpoint=:9808', '--probe-timeout=3s')
    expect(toServeOptions(asked.values)).toEqual({
      registration: { kubeletPath: '/x/csi.sock', registrationDir: '/registration' },
      healthz: { address: ':9808', probeTimeoutMs: 3_000 },
    })
  })

  it('read an endpoint with two slashes as the Go driver does', () => {
    expect(parse('--endpoint=unix://csi/csi.sock').values.endpoint).toBe('unix:///csi/csi.sock')
    expect(parse('--endpoint=unix:///csi/csi.sock').values.endpoint).toBe('unix:///csi/csi.sock')
  })

  it.each([
    [['--capacity=fast'], /-capacity.*allowed: kind=quantity/],
    [['--capacity=fast=lots'], /-capacity.*"lots" is not a quantity/],
    [['--capacity==1Gi'], /-capacity.*allowed: kind=quantity/],
    [['--max-volume-size=-1'], /-max-volume-size.*allowed: a whole number from 0/],
    [['--max-volume-size=9223372036854775808'], /-max-volume-size.*allowed/],
    [['--attach-limit=-2'], /-attach-limit.*allowed: a whole number from -1/],
    [['--snapshot-metadata-block-type=x'], /FIXED_LENGTH, VARIABLE_LENGTH/],
    [['--unknown'], /unknown/],
  ])('refuse %j in one line', (argv, message) => {
    const parsing = () => parse(...argv)
    expect(parsing).toThrow(UsageError)
    expect(parsing).toThrow(message)
    expect(parsing).not.toThrow(/\n/)
  })

  it.each([
    [[], 'flag --nodeid is required'],
    [['--nodeid=n', '--statedir='], 'flag --statedir must not be empty'],
    [['--nodeid=n', '--ephemeral'], 'flag --ephemeral is not available'],
    [['--nodeid=n', '--enable-snapshot-metadata'], 'flag --enable-snapshot-metadata is not available'],
    [['--nodeid=n', '--proxy-endpoint=unix:///x'], 'flag --proxy-endpoint is not available'],
  ])('with %j cannot start', (argv, message) => {
    expect(() => parse(...argv).options()).toThrow(message)
  })
})

import { parseFlags, UsageError } from '@csi-ts/process'
import { describe, expect, it } from 'vitest'
import { flags } from './flags.ts'

const upstreamDefaults = {
  master: '',
  'volume-name-prefix': 'pvc',
  'volume-name-uuid-length': -1,
  'retry-interval-start': 1000,
  'retry-interval-max': 300_000,
  'worker-threads': 100,
  'cloning-protection-threads': 1,
  'snapshot-orphan-sweep-interval': 300_000,
  'capacity-threads': 1,
  timeout: 10_000,
  'strict-topology': false,
  'immediate-topology': true,
  'extra-create-metadata': false,
  'enable-pprof': false,
  'default-fstype': '',
  'kube-api-capacity-qps': 1,
  'kube-api-capacity-burst': 5,
  'enable-capacity': false,
  'capacity-for-immediate-binding': false,
  'capacity-poll-interval': 60_000,
  'capacity-ownerref-level': 1,
  'node-deployment': false,
  'node-deployment-immediate-binding': true,
  'node-deployment-base-delay': 20_000,
  'node-deployment-max-delay': 60_000,
  'controller-publish-readonly': false,
  'prevent-volume-mode-conversion': true,
  'feature-gates': {},
}

describe('flags', () => {
  it("have upstream's names and defaults", () => {
    const ours = Object.fromEntries(Object.values(flags).map((spec) => [spec.name, spec.default]))
    expect(ours).toEqual(upstreamDefaults)
  })

  it('take the deploy arguments of the upstream hostpath example', () => {
    const { values } = parseFlags(flags, [
      '--volume-name-prefix=csi-vol',
      '--volume-name-uuid-length=10',
      '--retry-interval-max=30s',
      '--worker-threads=4',
      '--timeout=2m30s',
      '--extra-create-metadata',
      '--default-fstype=ext4',
      '--controller-publish-readonly=true',
      '--feature-gates=Topology=true',
    ])
    expect(values).toMatchObject({
      volumeNamePrefix: 'csi-vol',
      volumeNameUuidLength: 10,
      retryIntervalMaxMs: 30_000,
      workerThreads: 4,
      timeoutMs: 150_000,
      extraCreateMetadata: true,
      defaultFsType: 'ext4',
      controllerPublishReadonly: true,
      featureGates: { Topology: 'true' },
    })
  })

  it.each([
    // Upstream accepts these and then panics, or gives all claims one name, or fails every claim.
    { argument: '--volume-name-uuid-length=33', message: '"33"' },
    { argument: '--volume-name-uuid-length=-2', message: '"-2"' },
    { argument: '--volume-name-uuid-length=0', message: 'allowed: -1, or 1 to 32' },
    { argument: '--volume-name-prefix=', message: 'allowed: lower-case letters, digits, dashes and dots' },
    { argument: '--volume-name-prefix=Upper', message: 'allowed: lower-case letters, digits, dashes and dots' },
    { argument: '--worker-threads=0', message: 'allowed: at least 1' },
    { argument: '--timeout=10', message: 'allowed: a number with a unit' },
    { argument: '--timeout=0s', message: 'allowed: at least 1ms' },
    { argument: '--provisioner=old', message: 'flag provided but not defined: -provisioner' },
  ])('refuse $argument in one line', ({ argument, message }) => {
    const parse = (): unknown => parseFlags(flags, [argument])
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(message)
    expect(parse).not.toThrow('\n')
  })
})

import { systemClock } from '@csi-ts/concurrency'
import { ControllerService, type CreateVolumeResponse, type DeepPartial } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { inMemoryClient } from '@csi-ts/csi-rpc/testing'
import { createKubeClient } from '@csi-ts/kube-client'
import { FakeTransport } from '@csi-ts/kube-client/testing'
import type { Provisioner } from '@csi-ts/kube-provision'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { createCsiProvisioner } from './csi-provisioner.ts'
import { plainDriver, requestFor } from './testing/requests.ts'

const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }
const gibibyte = 1024n ** 3n

/** A provisioner over a driver that answers CreateVolume with `response`, and DeleteVolume by `deleteVolume`. */
function setup(
  response: DeepPartial<CreateVolumeResponse>,
  deleteVolume: () => void = () => undefined,
): { provisioner: Provisioner; deleted: string[] } {
  const deleted: string[] = []
  const controller = inMemoryClient(ControllerService, {
    createVolume: () => response,
    deleteVolume({ volumeId }) {
      deleted.push(volumeId)
      deleteVolume()
      return {}
    },
  })
  const client = createKubeClient({
    config: { server: 'https://localhost' },
    userAgent: 'test',
    transport: new FakeTransport(),
  })
  const provisioner = createCsiProvisioner(
    {
      controller,
      driver: plainDriver,
      client,
      events: { normal: () => undefined },
      clock: systemClock,
      findClass: () => undefined,
      findAttachedNode: () => undefined,
    },
    {
      naming: { prefix: 'pvc', uuidLength: -1 },
      timeoutMs: 1000,
      defaultFsType: '',
      extraCreateMetadata: false,
      controllerPublishReadonly: false,
      volumeAttributesClass: true,
      crossNamespace: false,
      identity: '1-2-hostpath.csi.k8s.io',
    },
  )
  return { provisioner, deleted }
}

describe('provision', () => {
  it.each<{ why: string; response: DeepPartial<CreateVolumeResponse> }>([
    { why: 'no volume', response: {} },
    { why: 'a volume without an id', response: { volume: { capacityBytes: gibibyte } } },
  ])('takes an answer with $why for an open outcome, and survives it', async ({ response }) => {
    const { provisioner } = setup(response)
    expect(await provisioner.provision(requestFor({}), ctx)).toMatchObject({
      kind: 'failed',
      state: 'background',
      error: { message: 'the driver answered CreateVolume without a volume' },
    })
  })

  it('keeps the size of the claim when the driver says 0, which means unknown (must get right 2)', async () => {
    const { provisioner } = setup({ volume: { volumeId: 'v', capacityBytes: 0n } })
    expect(await provisioner.provision(requestFor({}), ctx)).toMatchObject({
      kind: 'provisioned',
      volume: { spec: { capacity: { storage: '1Gi' } } },
    })
  })

  it('deletes a volume that is too small, and tries again', async () => {
    const { provisioner, deleted } = setup({ volume: { volumeId: 'v', capacityBytes: 5n } })
    expect(await provisioner.provision(requestFor({}), ctx)).toMatchObject({
      kind: 'failed',
      state: 'background',
      error: { message: `created volume capacity 5 less than requested capacity ${gibibyte}` },
    })
    expect(deleted).toEqual(['v'])
  })

  it('says that a volume which is too small could not be deleted, after five tries', async () => {
    const { provisioner, deleted } = setup({ volume: { volumeId: 'v', capacityBytes: 5n } }, () => {
      throw new CsiError(Code.Internal, 'stuck')
    })
    expect(await provisioner.provision(requestFor({}), ctx)).toMatchObject({
      state: 'background',
      error: {
        message: expect.stringMatching(
          /\. Cleanup of volume v failed, volume is orphaned: rpc error: code = Internal desc = stuck$/,
        ),
      },
    })
    expect(deleted).toHaveLength(5)
  })

  it('does not change what is known of a volume when the driver was not asked', async () => {
    const { provisioner } = setup({})
    const wrong = requestFor({ claim: { accessModes: ['Once'] } })
    expect(await provisioner.provision(wrong, ctx)).toMatchObject({ kind: 'failed', state: 'noChange' })
  })
})

describe('deleteStorage', () => {
  it('refuses what is no CSI volume', async () => {
    const { provisioner, deleted } = setup({})
    await expect(provisioner.deleteStorage({ metadata: { name: 'nfs' }, spec: {} }, ctx)).rejects.toThrow(
      'invalid CSI PV',
    )
    expect(deleted).toEqual([])
  })
})

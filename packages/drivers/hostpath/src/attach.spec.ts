import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { call, createHostpathFixture, mountCapability, volumeRequest } from './testing/hostpath-fixture.ts'

const unknownId = '01234567-89ab-4def-8123-456789abcdef'

describe('attaching', () => {
  it('answers Unimplemented unless it is switched on', async () => {
    await using fixture = await createHostpathFixture()
    const request = { volumeId: unknownId, nodeId: 'node-1', volumeCapability: mountCapability() }
    await expect(fixture.driver().controller.controllerPublishVolume(request, call)).rejects.toMatchObject({
      code: Code.Unimplemented,
    })
  })

  it('follows the table of the specification and survives a restart', async () => {
    await using fixture = await createHostpathFixture({ enableAttach: true, attachLimit: 1 })
    const { controller } = fixture.driver()
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (name) => (await controller.createVolume(volumeRequest(name), call)).volume?.volumeId ?? ''),
    )
    const attach = (volumeId = '', change = {}) =>
      controller.controllerPublishVolume(
        { volumeId, nodeId: 'node-1', volumeCapability: mountCapability(), ...change },
        call,
      )
    await expect(attach(a, { nodeId: 'node-2' })).rejects.toMatchObject({ code: Code.NotFound })
    await expect(attach(unknownId)).rejects.toMatchObject({ code: Code.NotFound })
    expect(await attach(a)).toEqual(await attach(a))
    await expect(attach(a, { readonly: true })).rejects.toMatchObject({ code: Code.AlreadyExists })
    await expect(attach(b)).rejects.toMatchObject({ code: Code.ResourceExhausted })

    const restarted = (await fixture.restart()).controller
    expect(await restarted.controllerGetVolume({ volumeId: a ?? '' }, call)).toMatchObject({
      status: { publishedNodeIds: ['node-1'] },
    })
    const elsewhere = restarted.controllerUnpublishVolume({ volumeId: a ?? '', nodeId: 'node-2' }, call)
    await expect(elsewhere).rejects.toMatchObject({ code: Code.NotFound })
    for (const volumeId of [a ?? '', a ?? '', unknownId, 'fake-vol-id']) {
      await restarted.controllerUnpublishVolume({ volumeId }, call)
    }
    expect(await restarted.controllerGetVolume({ volumeId: a ?? '' }, call)).toMatchObject({
      status: { publishedNodeIds: [] },
    })
  })
})

import { AccessMode } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { call, createHostpathFixture, volumeRequest } from './testing/hostpath-fixture.ts'

const mebibyte = 1n << 20n

describe('capacity', () => {
  const pools = new Map([
    ['fast', 3n * mebibyte],
    ['slow', 10n * mebibyte],
  ])

  it('without pools is the largest volume', async () => {
    await using fixture = await createHostpathFixture({ maxVolumeSizeBytes: 7n })
    expect(await fixture.driver().controller.getCapacity({}, call)).toMatchObject({
      availableCapacity: 7n,
      maximumVolumeSize: 7n,
    })
  })

  it('counts creation, growth and deletion, and is never negative', async () => {
    await using fixture = await createHostpathFixture({ pools })
    const { controller } = fixture.driver()
    const fast = async () => (await controller.getCapacity({ parameters: { kind: 'fast' } }, call)).availableCapacity
    const request = { ...volumeRequest('a'), parameters: { kind: 'fast' } }
    const { volume } = await controller.createVolume(request, call)
    const volumeId = volume?.volumeId ?? ''
    expect(await fast()).toBe(2n * mebibyte)
    await controller.controllerExpandVolume({ volumeId, capacityRange: { requiredBytes: 3n * mebibyte } }, call)
    expect(await fast()).toBe(0n)
    await expect(controller.createVolume({ ...request, name: 'b' }, call)).rejects.toMatchObject({
      code: Code.ResourceExhausted,
    })
    const grown = controller.controllerExpandVolume({ volumeId, capacityRange: { requiredBytes: 4n * mebibyte } }, call)
    await expect(grown).rejects.toMatchObject({ code: Code.ResourceExhausted })
    const smaller = await fixture.restart({ pools: new Map([['fast', mebibyte]]) })
    expect(await smaller.controller.getCapacity({ parameters: { kind: 'fast' } }, call)).toMatchObject({
      availableCapacity: 0n,
      maximumVolumeSize: 0n,
    })
    await smaller.controller.deleteVolume({ volumeId }, call)
    expect(await smaller.controller.getCapacity({ parameters: { kind: 'fast' } }, call)).toMatchObject({
      availableCapacity: mebibyte,
    })
  })

  it('is never given out twice to creations at the same time', async () => {
    await using fixture = await createHostpathFixture({ pools })
    const { controller } = fixture.driver()
    const names = ['a', 'b', 'c', 'd', 'e']
    const outcomes = await Promise.allSettled(
      names.map((name) => controller.createVolume({ ...volumeRequest(name), parameters: { kind: 'fast' } }, call)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  })

  it('without a kind is what any of the pools has, and goes to one with room', async () => {
    await using fixture = await createHostpathFixture({ pools })
    const { controller } = fixture.driver()
    expect(await controller.getCapacity({}, call)).toMatchObject({
      availableCapacity: 13n * mebibyte,
      maximumVolumeSize: 10n * mebibyte,
    })
    await controller.createVolume({ ...volumeRequest('a'), capacityRange: { requiredBytes: 5n * mebibyte } }, call)
    expect(await controller.getCapacity({ parameters: { kind: 'slow' } }, call)).toMatchObject({
      availableCapacity: 5n * mebibyte,
    })
  })

  it('is nothing on another node, for block volumes and in unknown pools', async () => {
    await using fixture = await createHostpathFixture({ pools })
    const { controller } = fixture.driver()
    const block = {
      accessType: { $case: 'block' as const, value: {} },
      accessMode: { mode: AccessMode.SINGLE_NODE_WRITER },
    }
    for (const request of [
      { accessibleTopology: { segments: { 'topology.hostpath.csi/node': 'node-2' } } },
      { volumeCapabilities: [block] },
      { parameters: { kind: 'unknown' } },
    ]) {
      expect(await controller.getCapacity(request, call)).toMatchObject({
        availableCapacity: 0n,
        maximumVolumeSize: 0n,
      })
    }
  })
})

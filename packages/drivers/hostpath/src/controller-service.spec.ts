import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AccessMode } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { call, createHostpathFixture, mountCapability, volumeRequest } from './testing/hostpath-fixture.ts'

const mebibyte = 1n << 20n
const unknownId = '01234567-89ab-4def-8123-456789abcdef'
/** What attackers and csi-sanity send as ids. */
const strangeIds = ['../x', '..', '.', '/', 'fake-vol-id', 'a/b', '\0', '%2e%2e', 'volumes', ' ', 'x'.repeat(5_000)]

async function entries(stateDir: string): Promise<readonly string[]> {
  return (await readdir(stateDir, { recursive: true })).toSorted()
}

describe('createVolume', () => {
  it('makes a directory that everybody can write to and returns its id, size, context and topology', async () => {
    await using fixture = await createHostpathFixture()
    const request = { ...volumeRequest('a'), parameters: { colour: 'blue' } }
    const { volume } = await fixture.driver().controller.createVolume(request, call)
    expect(volume).toMatchObject({
      capacityBytes: mebibyte,
      volumeContext: { colour: 'blue' },
      accessibleTopology: [{ segments: { 'topology.hostpath.csi/node': 'node-1' } }],
    })
    const data = await stat(join(fixture.stateDir, volume?.volumeId ?? ''))
    expect(data.isDirectory()).toBe(true)
    expect(data.mode & 0o777).toBe(0o777)
  })

  it('answers a repetition with the same volume, after a restart too', async () => {
    await using fixture = await createHostpathFixture()
    const first = await fixture.driver().controller.createVolume(volumeRequest('a'), call)
    expect(await fixture.driver().controller.createVolume(volumeRequest('a'), call)).toEqual(first)
    const restarted = await fixture.restart()
    expect(await restarted.controller.createVolume(volumeRequest('a'), call)).toEqual(first)
    expect((await restarted.controller.listVolumes({}, call)).entries).toHaveLength(1)
  })

  it.each([
    { why: 'no name', change: { name: '' }, code: Code.InvalidArgument },
    { why: 'no capability', change: { volumeCapabilities: [] }, code: Code.InvalidArgument },
    { why: 'a control character in the name', change: { name: 'a\u0001' }, code: Code.InvalidArgument },
    { why: 'a negative size', change: { capacityRange: { requiredBytes: -1n } }, code: Code.InvalidArgument },
    {
      why: 'a limit below the size',
      change: { capacityRange: { requiredBytes: 2n, limitBytes: 1n } },
      code: Code.InvalidArgument,
    },
    { why: 'a size above the maximum', change: { capacityRange: { requiredBytes: 1n << 41n } }, code: Code.OutOfRange },
    { why: 'a pool without accounting', change: { parameters: { kind: 'fast' } }, code: Code.InvalidArgument },
    {
      why: 'a block volume',
      change: { volumeCapabilities: [{ accessType: { $case: 'block', value: {} }, accessMode: { mode: 1 } }] },
      code: Code.InvalidArgument,
    },
    {
      why: 'a content source',
      change: { volumeContentSource: { type: { $case: 'volume', value: { volumeId: unknownId } } } },
      code: Code.InvalidArgument,
    },
    {
      why: 'another node',
      change: { accessibilityRequirements: { requisite: [{ segments: { 'topology.hostpath.csi/node': 'node-2' } }] } },
      code: Code.ResourceExhausted,
    },
  ] as const)('refuses $why and leaves nothing', async ({ change, code }) => {
    await using fixture = await createHostpathFixture()
    const before = await entries(fixture.stateDir)
    const request = { ...volumeRequest('a'), ...change } as ReturnType<typeof volumeRequest>
    await expect(fixture.driver().controller.createVolume(request, call)).rejects.toMatchObject({ code })
    expect(await entries(fixture.stateDir)).toEqual(before)
  })

  it.each([
    { why: 'a larger size', change: { capacityRange: { requiredBytes: 2n * mebibyte } } },
    { why: 'a lower limit', change: { capacityRange: { limitBytes: 1n } } },
    {
      why: 'another access mode',
      change: { volumeCapabilities: [mountCapability(AccessMode.MULTI_NODE_MULTI_WRITER)] },
    },
    { why: 'other parameters', change: { parameters: { colour: 'red' } } },
    { why: 'other mutable parameters', change: { mutableParameters: { speed: 'slow' } } },
  ])('answers AlreadyExists when the name is taken with $why', async ({ change }) => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    await controller.createVolume(volumeRequest('a'), call)
    const second = controller.createVolume({ ...volumeRequest('a'), ...change }, call)
    await expect(second).rejects.toMatchObject({ code: Code.AlreadyExists })
    expect((await controller.listVolumes({}, call)).entries).toHaveLength(1)
  })

  it('gives a volume that only has a limit that size', async () => {
    await using fixture = await createHostpathFixture()
    const request = { ...volumeRequest('a'), capacityRange: { limitBytes: 5n } }
    expect(await fixture.driver().controller.createVolume(request, call)).toMatchObject({
      volume: { capacityBytes: 5n },
    })
  })

  it('takes the own node out of several requisite topologies, whatever the case of the key', async () => {
    await using fixture = await createHostpathFixture()
    const requisite = ['node-2', 'node-1'].map((node) => ({ segments: { 'Topology.Hostpath.CSI/node': node } }))
    const request = { ...volumeRequest('a'), accessibilityRequirements: { requisite } }
    expect(await fixture.driver().controller.createVolume(request, call)).toMatchObject({
      volume: { accessibleTopology: [{ segments: { 'topology.hostpath.csi/node': 'node-1' } }] },
    })
  })

  it('says Aborted to a second creation of a name while the first is under way, and does not block other names', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const outcomes = await Promise.allSettled(
      ['a', 'a', 'b'].map((name) => controller.createVolume(volumeRequest(name), call)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: Code.Aborted } })
    expect((await controller.listVolumes({}, call)).entries).toHaveLength(2)
  })

  it('leaves nothing of a creation whose record cannot be written', async () => {
    await using fixture = await createHostpathFixture()
    // A file where the directory of the records should be makes every write fail.
    await rm(join(fixture.stateDir, 'volumes'), { recursive: true })
    await writeFile(join(fixture.stateDir, 'volumes'), '')
    const { controller } = fixture.driver()
    await expect(controller.createVolume(volumeRequest('a'), call)).rejects.toMatchObject({ code: Code.Internal })
    expect((await controller.listVolumes({}, call)).entries).toEqual([])
    expect(await entries(fixture.stateDir)).toEqual(['node', 'volumes'])
  })
})

describe('deleteVolume', () => {
  it('removes data and record, and again without complaint', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const empty = await entries(fixture.stateDir)
    const { volume } = await controller.createVolume(volumeRequest('a'), call)
    const volumeId = volume?.volumeId ?? ''
    await mkdir(join(fixture.stateDir, volumeId, 'folder'))
    await writeFile(join(fixture.stateDir, volumeId, 'folder', 'file'), 'x')
    await controller.deleteVolume({ volumeId }, call)
    await controller.deleteVolume({ volumeId }, call)
    expect(await entries(fixture.stateDir)).toEqual(empty)
  })

  it.each(strangeIds)('succeeds for the id %j and touches nothing', async (volumeId) => {
    await using fixture = await createHostpathFixture()
    await writeFile(join(fixture.directory, 'x'), 'precious')
    const before = await entries(fixture.directory)
    await fixture.driver().controller.deleteVolume({ volumeId }, call)
    expect(await entries(fixture.directory)).toEqual(before)
  })

  it('does not follow a link that stands where the data should be', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const { volume } = await controller.createVolume(volumeRequest('a'), call)
    const path = join(fixture.stateDir, volume?.volumeId ?? '')
    await rm(path, { recursive: true })
    await mkdir(join(fixture.directory, 'elsewhere'))
    await writeFile(join(fixture.directory, 'elsewhere', 'data'), 'precious')
    await symlink(join(fixture.directory, 'elsewhere'), path)
    await controller.deleteVolume({ volumeId: volume?.volumeId ?? '' }, call)
    expect(await readdir(join(fixture.directory, 'elsewhere'))).toEqual(['data'])
  })

  it('never deletes a volume that is mounted, whatever the records say', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const { volume } = await controller.createVolume(volumeRequest('a'), call)
    const volumeId = volume?.volumeId ?? ''
    const data = join(fixture.stateDir, volumeId)
    const target = fixture.targetNamed('unknown')
    await mkdir(target)
    const ctx = { signal: new AbortController().signal, log: silentLogger }
    await fixture.mounter.mount({ source: data, target, options: ['bind'] }, ctx)
    await expect(controller.deleteVolume({ volumeId }, call)).rejects.toMatchObject({ code: Code.FailedPrecondition })
    expect((await stat(data)).isDirectory()).toBe(true)
    await fixture.mounter.unmount(target, ctx)
    await controller.deleteVolume({ volumeId }, call)
  })

  it('refuses a volume that is recorded as staged only with the lifecycle check', async () => {
    await using fixture = await createHostpathFixture()
    const volumeId = await fixture.stagedVolume('a')
    const strict = await fixture.restart({ checkVolumeLifecycle: true })
    await expect(strict.controller.deleteVolume({ volumeId }, call)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
    })
    const lenient = await fixture.restart()
    await lenient.controller.deleteVolume({ volumeId }, call)
    await expect(lenient.controller.controllerGetVolume({ volumeId }, call)).rejects.toMatchObject({
      code: Code.NotFound,
    })
  })
})

describe('listVolumes', () => {
  it('pages through all volumes, each once, and ends with an empty token', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await controller.createVolume(volumeRequest(name), call)
    const sizes: number[] = []
    const seen: string[] = []
    let startingToken = ''
    do {
      const page = await controller.listVolumes({ maxEntries: 2, startingToken }, call)
      sizes.push(page.entries.length)
      seen.push(...page.entries.map(({ volume }) => volume?.volumeId ?? ''))
      startingToken = page.nextToken
    } while (startingToken !== '')
    expect(sizes).toEqual([2, 2, 1])
    expect(new Set(seen).size).toBe(5)
  })

  it('goes on where it was when the last volume of a page is deleted', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    for (const name of ['a', 'b', 'c']) await controller.createVolume(volumeRequest(name), call)
    const first = await controller.listVolumes({ maxEntries: 1 }, call)
    await controller.deleteVolume({ volumeId: first.entries[0]?.volume?.volumeId ?? '' }, call)
    const rest = await controller.listVolumes({ startingToken: first.nextToken }, call)
    expect(rest.entries).toHaveLength(2)
  })

  it.each(['invalid-token', '0', '-1', '1', '99999999999999999999'])(
    'answers Aborted to the token %j',
    async (startingToken) => {
      await using fixture = await createHostpathFixture()
      const listed = fixture.driver().controller.listVolumes({ startingToken }, call)
      await expect(listed).rejects.toMatchObject({ code: Code.Aborted })
    },
  )
})

describe('controllerGetVolume and validateVolumeCapabilities', () => {
  it.each([...strangeIds, unknownId])('answer NotFound for the id %j', async (volumeId) => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const notFound = { code: Code.NotFound }
    await expect(controller.controllerGetVolume({ volumeId }, call)).rejects.toMatchObject(notFound)
    const validated = controller.validateVolumeCapabilities({ volumeId, volumeCapabilities: [mountCapability()] }, call)
    await expect(validated).rejects.toMatchObject(notFound)
  })

  it('confirm what a directory can do and say why not otherwise', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const { volume } = await controller.createVolume(volumeRequest('a'), call)
    const volumeId = volume?.volumeId ?? ''
    expect(await controller.controllerGetVolume({ volumeId }, call)).toMatchObject({
      volume,
      status: { publishedNodeIds: [] },
    })
    const mount = await controller.validateVolumeCapabilities(
      { volumeId, volumeCapabilities: [mountCapability()] },
      call,
    )
    expect(mount.confirmed?.volumeCapabilities).toEqual([mountCapability()])
    const block = {
      accessType: { $case: 'block' as const, value: {} },
      accessMode: { mode: AccessMode.SINGLE_NODE_WRITER },
    }
    const refused = await controller.validateVolumeCapabilities(
      { volumeId, volumeCapabilities: [mountCapability(), block] },
      call,
    )
    expect(refused.confirmed).toBeUndefined()
    expect(refused.message).toMatch(/block/)
  })
})

describe('controllerExpandVolume', () => {
  it('grows to exactly the size asked for, never shrinks, and remembers', async () => {
    await using fixture = await createHostpathFixture()
    const { controller } = fixture.driver()
    const { volume } = await controller.createVolume(volumeRequest('a'), call)
    const volumeId = volume?.volumeId ?? ''
    const expand = (requiredBytes: bigint) =>
      controller.controllerExpandVolume({ volumeId, capacityRange: { requiredBytes } }, call)
    expect(await expand(mebibyte + 1n)).toEqual({ capacityBytes: mebibyte + 1n, nodeExpansionRequired: true })
    expect(await expand(1n)).toEqual({ capacityBytes: mebibyte + 1n, nodeExpansionRequired: true })
    await expect(expand(1n << 41n)).rejects.toMatchObject({ code: Code.OutOfRange })
    const restarted = await fixture.restart({ enableNodeExpansion: false })
    expect(await restarted.controller.controllerGetVolume({ volumeId }, call)).toMatchObject({
      volume: { capacityBytes: mebibyte + 1n },
    })
    const again = { volumeId, capacityRange: { requiredBytes: mebibyte } }
    expect(await restarted.controller.controllerExpandVolume(again, call)).toMatchObject({
      nodeExpansionRequired: false,
    })
  })

  it('answers NotFound for a volume that does not exist', async () => {
    await using fixture = await createHostpathFixture()
    const request = { volumeId: unknownId, capacityRange: { requiredBytes: 1n } }
    await expect(fixture.driver().controller.controllerExpandVolume(request, call)).rejects.toMatchObject({
      code: Code.NotFound,
    })
  })
})

describe('controllerModifyVolume', () => {
  it('changes all keys or none', async () => {
    await using fixture = await createHostpathFixture({
      enableControllerModifyVolume: true,
      acceptedMutableParameters: new Set(['speed']),
    })
    const { controller } = fixture.driver()
    const request = { ...volumeRequest('a'), mutableParameters: { speed: '1' } }
    const { volume } = await controller.createVolume(request, call)
    const volumeId = volume?.volumeId ?? ''
    const refused = controller.controllerModifyVolume(
      { volumeId, mutableParameters: { speed: '2', colour: 'red' } },
      call,
    )
    await expect(refused).rejects.toMatchObject({ code: Code.InvalidArgument })
    await controller.createVolume(request, call) // still as it was created
    await controller.controllerModifyVolume({ volumeId, mutableParameters: { speed: '2' } }, call)
    await controller.createVolume({ ...request, mutableParameters: { speed: '2' } }, call)
  })
})

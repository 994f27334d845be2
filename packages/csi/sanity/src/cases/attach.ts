import { ControllerCapability, type ControllerPublishVolumeRequest, type DeepPartial } from '@csi-ts/csi-proto'
import { Code, CsiError, toGoErrorText } from '@csi-ts/csi-rpc'
import type { CaseContext } from '../case-context.ts'
import { check, checkEqual, checkRejects, checkSettled } from '../check.ts'
import type { ConformanceCase, Gate } from '../conformance-case.ts'
import { attach, attachRequest } from '../place-volume.ts'
import { checkMapSize } from './identity.ts'

const { CREATE_DELETE_VOLUME, PUBLISH_UNPUBLISH_VOLUME, PUBLISH_READONLY } = ControllerCapability
const gate: Gate = { controller: [CREATE_DELETE_VOLUME, PUBLISH_UNPUBLISH_VOLUME], node: [] }
const noVolume = 'sanity-no-such-volume'
const noNode = 'sanity-no-such-node'

/** Attachment. Specification: "ControllerPublishVolume" and "ControllerUnpublishVolume". */
export const attachCases: readonly ConformanceCase[] = [
  {
    name: 'ControllerPublishVolume: repeated, it gives the same publish_context',
    gate,
    async run(t) {
      const volume = await t.createVolume()
      const first = await attach(t, volume)
      checkMapSize('publish_context', first)
      for (let count = 1; count < t.options.repetitions; count += 1) {
        checkEqual(await attach(t, volume), first, 'publish_context of a repeated call')
      }
    },
  },
  {
    name: 'ControllerPublishVolume: a volume that does not exist is NotFound',
    gate: { controller: [PUBLISH_UNPUBLISH_VOLUME] },
    async run(t) {
      const request: DeepPartial<ControllerPublishVolumeRequest> = {
        volumeId: noVolume,
        nodeId: t.facts.nodeInfo?.nodeId ?? noNode,
        volumeCapability: t.capability(),
        secrets: t.secrets('ControllerPublishVolume'),
      }
      const call = t.driver.controller.controllerPublishVolume(request, t.call())
      await checkRejects(call, Code.NotFound, 'a volume that does not exist')
    },
  },
  {
    name: 'ControllerPublishVolume: a node that does not exist is NotFound',
    gate,
    async run(t) {
      const request = { ...attachRequest(t, await t.createVolume()), nodeId: noNode }
      const call = t.driver.controller.controllerPublishVolume(request, t.call())
      await checkRejects(call, Code.NotFound, 'a node that does not exist')
    },
  },
  {
    name: 'ControllerPublishVolume: an attached volume with another readonly is refused',
    gate: { controller: [CREATE_DELETE_VOLUME, PUBLISH_UNPUBLISH_VOLUME, PUBLISH_READONLY], node: [] },
    async run(t) {
      const volume = await t.createVolume()
      await attach(t, volume)
      const request = { ...attachRequest(t, volume), readonly: true }
      const call = t.driver.controller.controllerPublishVolume(request, t.call())
      await checkRejects(call, Code.AlreadyExists, 'the same volume with readonly')
    },
  },
  {
    name: 'ControllerPublishVolume: calls at the same time attach the volume once',
    gate,
    async run(t) {
      const volume = await t.createVolume()
      const first = await attach(t, volume)
      const calls = [1, 2, 3].map(() => t.driver.controller.controllerPublishVolume(attachRequest(t, volume), t.call()))
      const answers = checkSettled(await Promise.allSettled(calls), 'the volume is being attached')
      for (const { publishContext } of answers) checkEqual(publishContext, first, 'publish_context')
    },
  },
  {
    name: 'ControllerPublishVolume: one more than the node can have is refused',
    gate: { ...gate, needs: ['attach limit'] },
    async run(t) {
      const limit = Number(t.facts.nodeInfo?.maxVolumesPerNode ?? 0n)
      for (let count = 0; count < limit; count += 1) await attach(t, await t.createVolume())
      const request = attachRequest(t, await t.createVolume())
      const call = t.driver.controller.controllerPublishVolume(request, t.call())
      await checkRejects(call, Code.ResourceExhausted, `volume ${limit + 1} of a node that takes ${limit}`)
    },
  },
  {
    name: 'ControllerUnpublishVolume: what is not attached is detached',
    gate,
    async run(t) {
      const volume = await t.createVolume()
      await detach(t, volume.volumeId, t.facts.nodeInfo?.nodeId ?? '')
      await attach(t, volume)
      for (const _ of [1, 2]) await detach(t, volume.volumeId, t.facts.nodeInfo?.nodeId ?? '')
    },
  },
  {
    name: 'ControllerUnpublishVolume: a volume that does not exist is detached',
    gate: { controller: [PUBLISH_UNPUBLISH_VOLUME], node: [] },
    async run(t) {
      // NotFound is for a driver that cannot be sure of it.
      await detach(t, noVolume, t.facts.nodeInfo?.nodeId ?? '').catch((error: unknown) => {
        const isUnsure = error instanceof CsiError && error.code === Code.NotFound
        check(isUnsure, `${toGoErrorText(error)}, want OK or NotFound`)
      })
    },
  },
  {
    name: 'ControllerUnpublishVolume: without node id, the volume can be deleted and attached in another way',
    gate: { controller: [CREATE_DELETE_VOLUME, PUBLISH_UNPUBLISH_VOLUME, PUBLISH_READONLY], node: [] },
    async run(t) {
      const volume = await t.createVolume()
      await attach(t, volume)
      await detach(t, volume.volumeId, '')
      await attach(t, volume, { readonly: true })
    },
  },
]

async function detach(t: CaseContext, volumeId: string, nodeId: string): Promise<void> {
  const request = { volumeId, nodeId, secrets: t.secrets('ControllerUnpublishVolume') }
  await t.repeat(() => t.driver.controller.controllerUnpublishVolume(request, t.call()))
}

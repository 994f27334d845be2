import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { Defect } from '../defect.ts'

/** What can go wrong when volumes are attached. */
export const attachDefects: readonly Defect[] = [
  {
    id: 'publish-lookup-first',
    fault: 'ControllerPublishVolume looks the volume up before it checks the request',
    rule: 'a missing field is InvalidArgument, whether or not the volume exists',
    foundBy: 'ControllerPublishVolume: a request without node_id is refused, although what it names does not exist',
    seed: (state) => ({
      controller: {
        controllerPublishVolume: async (r, next) => {
          if (r.volumeId !== '' && !state.volumes.has(r.volumeId)) throw new CsiError(Code.NotFound, 'no such volume')
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'publish-unknown-node-ok',
    fault: 'ControllerPublishVolume attaches to a node that does not exist',
    rule: 'a node that does not exist is NotFound',
    foundBy: 'ControllerPublishVolume: a node that does not exist is NotFound',
    seed: (state) => ({
      controller: {
        controllerPublishVolume: async (r, next) => {
          const isKnown = state.volumes.has(r.volumeId) && r.volumeCapability !== undefined && r.nodeId !== ''
          return isKnown && r.nodeId !== 'node-1' ? {} : await next(r)
        },
      },
    }),
  },
  {
    id: 'publish-other-readonly-ok',
    fault: 'ControllerPublishVolume attaches again with another readonly as if nothing were',
    rule: 'attached in an incompatible way is AlreadyExists',
    foundBy: 'ControllerPublishVolume: an attached volume with another readonly is refused',
    seed: (state) => ({
      controller: {
        controllerPublishVolume: (r, next) => {
          const known = state.volumes.get(r.volumeId)?.attachments.get(r.nodeId)
          return next({ ...r, readonly: known?.readonly ?? r.readonly })
        },
      },
    }),
  },
  {
    id: 'publish-context-changes',
    fault: 'ControllerPublishVolume returns another publish_context when it is repeated',
    rule: 'a repeated call gives the same publish_context',
    foundBy: 'ControllerPublishVolume: repeated, it gives the same publish_context',
    seed: () => {
      let calls = 0
      return {
        controller: {
          controllerPublishVolume: async (r, next) => {
            calls += 1
            return { publishContext: { ...(await next(r)).publishContext, lun: String(calls) } }
          },
        },
      }
    },
  },
  {
    id: 'unpublish-repeated-fails',
    fault: 'ControllerUnpublishVolume of a volume that is not attached answers FailedPrecondition',
    rule: 'what is not attached is detached: OK',
    foundBy: 'ControllerUnpublishVolume: what is not attached is detached',
    seed: (state) => ({
      controller: {
        controllerUnpublishVolume: async (r, next) => {
          if (state.volumes.get(r.volumeId)?.attachments.size === 0) {
            throw new CsiError(Code.FailedPrecondition, 'not attached')
          }
          return await next(r)
        },
      },
    }),
  },
  {
    id: 'unpublish-all-does-nothing',
    fault: 'ControllerUnpublishVolume without node id answers OK and leaves the volume attached',
    rule: 'an empty node id means all nodes',
    foundBy: 'ListVolumes: a volume has the nodes that it is attached to',
    seed: () => ({
      controller: {
        controllerUnpublishVolume: async (r, next) => (r.nodeId === '' && r.volumeId !== '' ? {} : await next(r)),
      },
    }),
  },
]

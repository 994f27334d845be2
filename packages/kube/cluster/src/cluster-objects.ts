import { type KubeObject, keyOf, type ObjectRef, type ResourceType } from '@csi-ts/kube-api'
import { isAlreadyExists, isNotFound, type KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Cluster } from './port.ts'

/** The part of the {@link Cluster} port that speaks to the API server alone, the same for every kind of cluster. */
export type ClusterObjects = Pick<Cluster, 'apply' | 'waitFor' | 'waitGone' | 'delete'>

const defaultTimeoutMs = 60_000

/** Implements {@link ClusterObjects} by an administrator's client. */
export function createClusterObjects(client: KubeClient, ctx: WorkContext): ClusterObjects {
  return {
    async apply(type, object) {
      try {
        return await client.resource(type).create(object, ctx)
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        return await client.resource(type).get(object.metadata as ObjectRef, ctx)
      }
    },
    async waitFor(type, ref, what, condition, options) {
      const found = await observe(
        client,
        type,
        ref,
        (object) => object !== undefined && condition(object),
        what,
        options?.timeoutMs,
        ctx,
      )
      if (found === undefined) throw new Error(`${type.kind} ${keyOf(ref)} has gone`)
      return found
    },
    async waitGone(type, ref, options) {
      await observe(client, type, ref, (object) => object === undefined, 'to be gone', options?.timeoutMs, ctx)
    },
    async delete(type, ref) {
      await client
        .resource(type)
        .delete(ref, ctx)
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
    },
  }
}

/** Follows one object until it satisfies the condition; `undefined` stands for its absence. */
async function observe<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  ref: ObjectRef,
  condition: (object: T | undefined) => boolean,
  what: string,
  timeoutMs: number = defaultTimeoutMs,
  ctx: WorkContext,
): Promise<T | undefined> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const waiting: WorkContext = { ...ctx, signal: AbortSignal.any([ctx.signal, timeout]) }
  const scope = {
    fieldSelector: `metadata.name=${ref.name}`,
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
  }
  let last: T | undefined
  try {
    while (true) {
      const list = await client.resource(type).list(scope, waiting)
      last = list.items[0]
      if (condition(last)) return last
      for await (const event of client
        .resource(type)
        .watch({ ...scope, resourceVersion: list.resourceVersion }, waiting)) {
        if (event.type === 'BOOKMARK') continue
        last = event.type === 'DELETED' ? undefined : event.object
        if (condition(last)) return last
      }
    }
  } catch (error) {
    if (!timeout.aborted) throw error
    const seen =
      last === undefined ? 'it does not exist' : JSON.stringify({ metadata: last.metadata, ...statusOf(last) })
    throw new Error(
      `${type.kind} ${keyOf(ref)}: waited ${timeoutMs / 1000} s ${what.startsWith('to ') ? what : `for ${what}`}; last seen: ${seen}`,
      { cause: error },
    )
  }
}

function statusOf(object: object): object {
  return 'status' in object ? { status: object.status } : {}
}

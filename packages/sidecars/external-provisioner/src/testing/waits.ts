import { type CoreEvent, type KubeObject, type ObjectRef, type ResourceType, resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** Waits for what the API server shows; each gives up after 15 s and says what it saw last. */
export interface Waits {
  /** Waits by watch until the object satisfies the condition, and returns it. */
  waitFor<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, condition: (object: T) => boolean): Promise<T>
  waitGone<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): Promise<void>
  /** Waits until the object has an event that satisfies the condition. */
  waitForEvent(object: KubeObject, condition: (event: CoreEvent) => boolean): Promise<CoreEvent>
}

/** Waits of an administrator. */
export function createWaits(client: KubeClient, ctx: WorkContext): Waits {
  /** Each matching object as it is and becomes; undefined when there is none, or no more. */
  async function* states<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string | undefined,
    fieldSelector: string,
  ): AsyncGenerator<T | undefined> {
    const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(15_000)])
    const where = { namespace, fieldSelector }
    const objects = client.resource(type)
    const { items, resourceVersion } = await objects.listAll(where, { ...ctx, signal })
    yield* items.length === 0 ? [undefined] : items
    for await (const event of objects.watch({ ...where, resourceVersion }, { ...ctx, signal })) {
      if (event.type !== 'BOOKMARK') yield event.type === 'DELETED' ? undefined : event.object
    }
  }

  async function find<T extends KubeObject>(
    what: string,
    seen: AsyncGenerator<T | undefined>,
    condition: (object: T | undefined) => boolean,
  ): Promise<T | undefined> {
    let last: T | undefined
    try {
      for await (const object of seen) {
        last = object
        if (condition(object)) return object
      }
    } catch (error) {
      throw new Error(`waited for ${what}, saw last ${JSON.stringify(last)}`, { cause: error })
    }
    throw new Error(`the watch for ${what} ended`)
  }

  async function found<T extends KubeObject>(
    what: string,
    seen: AsyncGenerator<T | undefined>,
    condition: (object: T) => boolean,
  ): Promise<T> {
    const object = await find(what, seen, (candidate) => candidate !== undefined && condition(candidate))
    if (object === undefined) throw new Error(`${what} is gone`)
    return object
  }

  return {
    waitFor: (type, { name, namespace }, condition) =>
      found(`${type.kind} ${name}`, states(type, namespace, `metadata.name=${name}`), condition),
    async waitGone(type, { name, namespace }) {
      const seen = states(type, namespace, `metadata.name=${name}`)
      await find(`${type.kind} ${name} to go`, seen, (object) => object === undefined)
    },
    waitForEvent({ metadata: { name, namespace = 'default' } }, condition) {
      const seen = states(resources.events, namespace, `involvedObject.name=${name}`)
      return found(`an event about ${name}`, seen, condition)
    },
  }
}

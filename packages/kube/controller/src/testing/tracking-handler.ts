import { type KubeObject, keyOf, type ObjectKey } from '@csi-ts/kube-api'
import type { Cached } from '../informer/cached.ts'
import type { EventHandler } from '../informer/informer.ts'

/**
 * A handler that builds the state from what it is told, and notes every call that does not fit: an addition of what is there, an
 * update or deletion of what is not, an update whose `before` is not what was told last or is another object of that name.
 */
export class TrackingHandler<T extends KubeObject> implements EventHandler<T> {
  readonly state: Map<ObjectKey, Cached<T>> = new Map()
  readonly calls: string[] = []
  readonly contradictions: string[] = []

  add(now: Cached<T>): void {
    this.#note('add', now, !this.state.has(keyOf(now)))
    this.state.set(keyOf(now), now)
  }

  update(now: Cached<T>, before: Cached<T>): void {
    const fits = this.state.get(keyOf(now)) === before && now.metadata.uid === before.metadata.uid
    this.#note('update', now, fits)
    this.state.set(keyOf(now), now)
  }

  delete(before: Cached<T>): void {
    this.#note('delete', before, this.state.delete(keyOf(before)))
  }

  /** Name and resourceVersion of everything that is there. */
  versions(): Readonly<Record<string, string | undefined>> {
    return Object.fromEntries([...this.state].map(([key, { metadata }]) => [key, metadata.resourceVersion]))
  }

  #note(call: string, object: Cached<T>, fits: boolean): void {
    const line = `${call} ${keyOf(object)}`
    this.calls.push(line)
    if (!fits) this.contradictions.push(line)
  }
}

import { type Clock, systemClock } from '@csi-ts/concurrency'
import { apiVersionOf, formatTime, type KubeObject, keyOf, type ObjectRef, type ResourceType } from '@csi-ts/kube-api'
import { ApiError } from '@csi-ts/kube-client'

/** One change. */
export interface Change {
  readonly revision: number
  readonly resource: string
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
  readonly before: KubeObject | undefined
}

/** The storage rules of an API server: revisions, history, watches. What it is asked to do here, nobody can prevent. */
export class MemoryStore {
  readonly #clock: Clock
  readonly #objects = new Map<string, Map<string, KubeObject>>()
  #history: Change[] = []
  #revision = 100
  #forgotten = 0
  #uids = 0
  #watches = new Set<() => void>()
  #era = 0
  #eraError: unknown

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  get revision(): number {
    return this.#revision
  }

  /** All objects of a type, as the server has them. */
  objects<T extends KubeObject>(type: ResourceType<T>): readonly T[] {
    return [...(this.#objects.get(idOf(type))?.values() ?? [])].map((object) => structuredClone(object) as T)
  }

  /** One object, or undefined. */
  find<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined {
    const object = this.#objects.get(idOf(type))?.get(keyOf(ref))
    return object && (structuredClone(object) as T)
  }

  /** Stores an object, new or not, as if somebody else had. */
  put<T extends KubeObject>(type: ResourceType<T>, object: Omit<T, 'apiVersion' | 'kind'>): T {
    const before = this.find(type, object.metadata)
    const stored = {
      ...structuredClone(object),
      apiVersion: apiVersionOf(type),
      kind: type.kind,
    } as unknown as T
    stored.metadata = {
      ...stored.metadata,
      uid: before?.metadata.uid ?? `uid-${++this.#uids}`,
      creationTimestamp: before?.metadata.creationTimestamp ?? formatTime(this.#clock.now()),
      resourceVersion: String(this.#revision + 1),
    }
    this.#store(type, before === undefined ? 'ADDED' : 'MODIFIED', stored, before)
    return structuredClone(stored)
  }

  /** Deletes an object, as if somebody else had; false when there is none. */
  remove(type: ResourceType, ref: ObjectRef): boolean {
    const before = this.find(type, ref)
    if (before === undefined) return false
    const metadata = { ...before.metadata, resourceVersion: String(this.#revision + 1) }
    this.#store(type, 'DELETED', { ...before, metadata }, before)
    return true
  }

  /** Changes after a revision. Throws the 410 of a server that no longer has them. */
  changesAfter(type: ResourceType, revision: number): readonly Change[] {
    if (revision < this.#forgotten) throw gone()
    return this.#history.filter((change) => change.revision > revision && change.resource === idOf(type))
  }

  /** Forgets all history: who watches or pages from before now gets 410. */
  forgetHistory(): void {
    this.#forgotten = this.#revision
    this.#history = []
  }

  /** Whether continue tokens and revisions from then are still good. */
  remembers(revision: number): boolean {
    return revision >= this.#forgotten
  }

  /** Ends all watches that are open: in peace, or with an error. */
  endWatches(error?: unknown): void {
    this.#era++
    this.#eraError = error
    this.#wake()
  }

  /** Number of the time span between two ends of watches. */
  get era(): number {
    return this.#era
  }

  /** What the last end of watches was; undefined when in peace. */
  get eraError(): unknown {
    return this.#eraError
  }

  /** Watches that wait for a change now. */
  get openWatches(): number {
    return this.#watches.size
  }

  /** Resolves at the next change or end of watches, or when the signal fires. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#watches.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#watches.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  #store(type: ResourceType, change: Change['type'], object: KubeObject, before: KubeObject | undefined): void {
    const id = idOf(type)
    const objects = this.#objects.get(id) ?? new Map<string, KubeObject>()
    this.#objects.set(id, objects)
    if (change === 'DELETED') objects.delete(keyOf(object))
    else objects.set(keyOf(object), object)
    this.#revision++
    this.#history.push({ revision: this.#revision, resource: id, type: change, object, before })
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#watches) wake()
  }
}

function idOf({ group, plural }: ResourceType): string {
  return `${plural}.${group}`
}

/** The 410 of an API server. */
export function gone(): ApiError {
  const message = 'The resourceVersion for the provided watch is too old.'
  return new ApiError({ code: 410, reason: 'Expired', message, verb: 'watch', path: '/' })
}

import { join } from 'node:path'
import type { Logger } from '@csi-ts/telemetry'
import { openRecordFiles } from './record-files.ts'
import { parseVolumeId, type VolumeId } from './volume-id.ts'

/** A path where a volume is staged. Staging mounts nothing; the record is all there is. */
interface StagedPath {
  readonly path: string
  readonly capability: string
}

/** A target where a volume is, or is about to be, mounted, and what was asked for: a repeat must ask for the same. */
export interface PublishedTarget {
  readonly target: string
  readonly capability: string
  readonly readonly: boolean
}

/** How one volume is used on this node. */
export interface NodeUse {
  readonly staged: readonly StagedPath[]
  readonly published: readonly PublishedTarget[]
}

/**
 * What the node service remembers beside the mount table. A record is written before the mount it speaks of and removed
 * after it. It must outlive the process but not the machine: a reboot takes the mounts away, so records of an earlier boot
 * are dropped, and a record that cannot be read is dropped too.
 */
export interface NodeRecords {
  get(id: VolumeId): NodeUse
  ids(): readonly VolumeId[]
  /** Replaces what is known; a use that is empty removes the record. */
  put(id: VolumeId, use: NodeUse): Promise<void>
  /**
   * Like `put` for a use that has become less, but a disk that is full does not stop it: what stays on disk then is dropped
   * at the next start because its mount is gone.
   */
  shrink(id: VolumeId, use: NodeUse): Promise<void>
}

/** Folder of the records below the state directory. */
const nodeRecordsFolder = 'node'

const unused: NodeUse = { staged: [], published: [] }

/** @param bootId of the running kernel (`/proc/sys/kernel/random/boot_id`). */
export async function openNodeRecords(stateDir: string, bootId: string, log: Logger): Promise<NodeRecords> {
  const files = await openRecordFiles({ directory: join(stateDir, nodeRecordsFolder), durable: false })
  const uses = new Map<VolumeId, NodeUse>()
  for (const { name, text } of await files.load()) {
    const id = parseVolumeId(name)
    const record = parseRecord(text)
    if (id === undefined || record === undefined) log.warn('dropped an unreadable node record', { record: name })
    else if (record.bootId === bootId) uses.set(id, record)
    if (id === undefined || !uses.has(id)) await files.remove(name)
  }
  async function put(id: VolumeId, use: NodeUse): Promise<void> {
    if (isUnused(use)) await files.remove(id)
    else await files.write(id, `${JSON.stringify({ version: 1, bootId, ...use }, null, 2)}\n`)
    remember(id, use)
  }

  function remember(id: VolumeId, use: NodeUse): void {
    if (isUnused(use)) uses.delete(id)
    else uses.set(id, use)
  }

  return {
    get: (id) => uses.get(id) ?? unused,
    ids: () => [...uses.keys()],
    put,
    async shrink(id, use) {
      try {
        await put(id, use)
      } catch (error) {
        log.error('cannot write a node record, going on without', error, { volume: id })
        remember(id, use)
      }
    },
  }
}

function isUnused({ staged, published }: NodeUse): boolean {
  return staged.length + published.length === 0
}

function parseRecord(text: string): (NodeUse & { readonly bootId: string }) | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(value) || value['version'] !== 1 || typeof value['bootId'] !== 'string') return undefined
  const { bootId, staged, published } = value
  const valid = isListOf(staged, isStagedPath) && isListOf(published, isPublishedTarget)
  return valid ? { bootId, staged, published } : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem)
}

function isStagedPath(item: unknown): item is StagedPath {
  return isObject(item) && typeof item['path'] === 'string' && typeof item['capability'] === 'string'
}

function isPublishedTarget(item: unknown): item is PublishedTarget {
  return (
    isObject(item) &&
    typeof item['target'] === 'string' &&
    typeof item['capability'] === 'string' &&
    typeof item['readonly'] === 'boolean'
  )
}

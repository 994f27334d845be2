import { readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '@csi-ts/telemetry'
import type { Volume } from './volume.ts'
import { parseVolumeId } from './volume-id.ts'
import type { VolumeStore } from './volume-store.ts'

/** The state of the Go driver cannot be taken over; nothing has been changed. */
export class GoStateError extends Error {
  override readonly name = 'GoStateError'
}

/** File of the Go driver in the state directory. */
const goStateFile = 'state.json'

/**
 * Takes over the volumes of the Go driver: where its `state.json` lies in the state directory, each of its volumes gets a
 * record here; their data is where this driver keeps it too. Then the file is renamed, so that going back is renaming it
 * again. May be interrupted and repeated. What the Go driver knew of staging and publishing is not needed: staging is told
 * again by kubelet, and mounts are in the mount table.
 *
 * @throws GoStateError when the file cannot be read or holds what this driver cannot serve: snapshots, block volumes.
 */
export async function importGoState(stateDir: string, store: VolumeStore, log: Logger): Promise<void> {
  const path = join(stateDir, goStateFile)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return
  const volumes = parseGoState(path, text)
  for (const volume of volumes) {
    const found = await stat(join(stateDir, volume.id)).catch(() => undefined)
    if (found?.isDirectory() !== true)
      log.warn('the data of a volume of the Go driver is missing', { volume: volume.id })
    if (store.get(volume.id) === undefined) await store.put(volume)
  }
  await rename(path, `${path}.imported`)
  log.info('took over the volumes of the Go driver', { file: path, volumes: volumes.length })
}

/** Reads the file: all of it is understood, or nothing is taken over. */
function parseGoState(path: string, text: string): readonly Volume[] {
  const fail = (why: string): never => {
    throw new GoStateError(`${path}: ${why}; move it away to start without the volumes in it`)
  }
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    return fail('not JSON')
  }
  if (!isObject(state)) return fail('not a JSON object')
  for (const kind of ['Snapshots', 'GroupSnapshots']) {
    const items = listOf(state, kind) ?? fail(`${kind} is not a list`)
    if (items.length > 0) return fail(`it has ${items.length} ${kind}, which this driver cannot serve`)
  }
  const volumes = listOf(state, 'Volumes') ?? fail('Volumes is not a list')
  return volumes.map((volume, index) => {
    const result = toVolume(volume)
    return typeof result === 'string' ? fail(`volume ${index + 1} ${result}`) : result
  })
}

/** A volume of the Go driver, or what is wrong with it. Its access type is 0 for a directory, 1 for a block device. */
function toVolume(value: unknown): Volume | string {
  if (!isObject(value)) return 'is not an object'
  const { VolID: id, VolName: name, VolSize: size, VolAccessType: accessType, Kind: kind } = value
  const volumeId = typeof id === 'string' ? parseVolumeId(id) : undefined
  if (volumeId === undefined) return `has the id ${JSON.stringify(id)}, which is not a UUID`
  if (typeof name !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    return `${volumeId} has no valid name and size`
  }
  if ((accessType ?? 0) !== 0) return `${volumeId} is a block volume, which this driver cannot serve`
  if (value['Ephemeral'] === true) return `${volumeId} is an inline ephemeral volume, which this driver cannot serve`
  const nodeId = value['NodeID']
  const attached = value['Attached'] === true && typeof nodeId === 'string'
  return {
    id: volumeId,
    name,
    phase: 'ready',
    capacityBytes: BigInt(size),
    ...(typeof kind === 'string' && kind !== '' ? { kind } : {}),
    // The Go driver records neither capabilities nor parameters.
    mutableParameters: {},
    ...(attached ? { attachment: { nodeId, readonly: value['ReadOnlyAttach'] === true } } : {}),
  }
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list of the Go state; Go writes null for an empty one. */
function listOf(state: JsonObject, key: string): readonly unknown[] | undefined {
  const value = state[key] ?? []
  return Array.isArray(value) ? value : undefined
}

import { randomUUID } from 'node:crypto'

declare const brand: unique symbol

/** The id of a volume, known to be a UUID: safe as a file name. Only {@link parseVolumeId} and {@link newVolumeId} make one. */
export type VolumeId = string & { readonly [brand]: 'VolumeId' }

/** A fresh random id. */
export function newVolumeId(): VolumeId {
  return randomUUID() as VolumeId
}

/**
 * Reads an id that came from outside. Anything but a lower-case UUID of any version (the Go driver makes version 1) is
 * no volume of this driver: lookups answer NotFound, deletions succeed, and the file system is never asked.
 */
export function parseVolumeId(text: string): VolumeId | undefined {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text) ? (text as VolumeId) : undefined
}

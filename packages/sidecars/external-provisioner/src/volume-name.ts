/** How volumes are named. */
export interface VolumeNaming {
  readonly prefix: string
  /** -1: the whole uid with dashes; else so many of its hexadecimal digits. */
  readonly uuidLength: number
}

/** The name of a claim's volume, in the storage and as PersistentVolume: `pvc-6e1c…`. Always the same for one claim. */
export function toVolumeName(claimUid: string, { prefix, uuidLength }: VolumeNaming): string {
  if (uuidLength === -1) return `${prefix}-${claimUid}`
  return `${prefix}-${claimUid.replaceAll('-', '').slice(0, uuidLength)}`
}

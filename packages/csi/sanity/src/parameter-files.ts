import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { SecretsByRpc } from './suite-options.ts'

/** A file of parameters or secrets is wrong; the message names the file and the key. */
export class ParameterFileError extends Error {
  override readonly name = 'ParameterFileError'
}

/** RPCs that take secrets. */
const rpcsWithSecrets: readonly string[] = [
  'CreateVolume',
  'DeleteVolume',
  'ControllerPublishVolume',
  'ControllerUnpublishVolume',
  'ValidateVolumeCapabilities',
  'ControllerModifyVolume',
  'ControllerExpandVolume',
  'CreateSnapshot',
  'DeleteSnapshot',
  'ListSnapshots',
  'GetSnapshot',
  'ControllerGetVolumeHealth',
  'ControllerListVolumeHealth',
  'NodeStageVolume',
  'NodePublishVolume',
  'NodeGetStorageHealth',
  'CreateVolumeGroupSnapshot',
  'DeleteVolumeGroupSnapshot',
  'GetVolumeGroupSnapshot',
  'GetMetadataAllocated',
  'GetMetadataDelta',
]

/** Reads a YAML map of strings; no file, no entries. @throws ParameterFileError */
export async function readParameters(path: string): Promise<Readonly<Record<string, string>>> {
  return path === '' ? {} : toStrings(path, '', await readYaml(path))
}

/**
 * Reads secrets by RPC. csi-sanity's names (`CreateVolumeSecret`, `ControllerValidateVolumeCapabilitiesSecret`) are
 * understood as well. @throws ParameterFileError
 */
export async function readSecrets(path: string): Promise<SecretsByRpc> {
  if (path === '') return {}
  const entries = Object.entries(toMap(path, '', await readYaml(path))).map(([key, value]) => {
    const rpc = key.replace(/Secret$/, '').replace(/^ControllerValidate/, 'Validate')
    if (!rpcsWithSecrets.includes(rpc)) {
      throw new ParameterFileError(`${path}: ${key} is no RPC with secrets (allowed: ${rpcsWithSecrets.join(', ')})`)
    }
    return [rpc, toStrings(path, `${key}.`, value ?? {})] as const
  })
  return Object.fromEntries(entries)
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8')) ?? {}
  } catch (cause) {
    throw new ParameterFileError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

function toMap(path: string, place: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new ParameterFileError(`${path}: ${place === '' ? 'the file' : place.slice(0, -1)} is no map`)
}

/** Numbers and booleans are taken as their text. */
function toStrings(path: string, place: string, value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(toMap(path, place, value)).map(([key, item]) => {
    if (['string', 'number', 'boolean'].includes(typeof item)) return [key, String(item)] as const
    throw new ParameterFileError(`${path}: ${place}${key} is no text`)
  })
  return Object.fromEntries(entries)
}

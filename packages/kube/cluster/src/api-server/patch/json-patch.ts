import { cloneJson, isRecord, jsonEqual } from '../json-record.ts'

/** A patch that cannot be applied: a path that is not there, or a `test` that fails. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError'
}

/** One step of a JSON patch. */
export interface JsonPatchStep {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/** Applies a JSON patch (RFC 6902), all steps or none. The inputs are not changed. Throws JsonPatchError. */
export function applyJsonPatch(target: unknown, steps: readonly JsonPatchStep[]): unknown {
  return steps.reduce(applyStep, cloneJson(target))
}

function applyStep(document: unknown, step: JsonPatchStep): unknown {
  const { op, path } = step
  switch (op) {
    case 'add':
      return insert(document, parsePointer(path), cloneJson(step.value), step)
    case 'remove':
      return remove(document, parsePointer(path), step)
    case 'replace': {
      const pointer = parsePointer(path)
      read(document, pointer, step)
      return pointer.length === 0
        ? cloneJson(step.value)
        : insert(remove(document, pointer, step), pointer, cloneJson(step.value), step)
    }
    case 'move': {
      const from = parsePointer(step.from ?? '')
      const value = read(document, from, step)
      return insert(remove(document, from, step), parsePointer(path), value, step)
    }
    case 'copy':
      return insert(document, parsePointer(path), cloneJson(read(document, parsePointer(step.from ?? ''), step)), step)
    case 'test': {
      if (jsonEqual(find(document, parsePointer(path)) ?? null, step.value ?? null)) return document
      throw new JsonPatchError(`testing value ${path} failed: test failed`)
    }
    default:
      throw new JsonPatchError(`Unexpected kind: ${op}`)
  }
}

function parsePointer(path: string): string[] {
  if (path === '') return []
  return path
    .replace(/^\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function find(document: unknown, pointer: readonly string[]): unknown {
  let current = document
  for (const part of pointer) {
    if (Array.isArray(current)) current = current[Number(part)]
    else if (isRecord(current)) current = current[part]
    else return undefined
  }
  return current
}

function read(document: unknown, pointer: readonly string[], step: JsonPatchStep): unknown {
  const found = find(document, pointer)
  if (found === undefined) throw missing(step)
  return found
}

function insert(document: unknown, pointer: readonly string[], value: unknown, step: JsonPatchStep): unknown {
  const last = pointer.at(-1)
  if (last === undefined) return value
  const parent = find(document, pointer.slice(0, -1))
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last)
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw missing(step)
    parent.splice(index, 0, value)
  } else if (isRecord(parent)) parent[last] = value
  else throw missing(step)
  return document
}

function remove(document: unknown, pointer: readonly string[], step: JsonPatchStep): unknown {
  const last = pointer.at(-1) ?? ''
  const parent = find(document, pointer.slice(0, -1))
  if (Array.isArray(parent)) {
    const index = Number(last)
    if (!Number.isInteger(index) || index < 0 || index >= parent.length) throw missing(step)
    parent.splice(index, 1)
  } else if (isRecord(parent) && Object.hasOwn(parent, last)) delete parent[last]
  else throw missing(step)
  return document
}

function missing({ op, path, from }: JsonPatchStep): JsonPatchError {
  const where = (op === 'move' || op === 'copy') && from !== undefined ? from : path
  return new JsonPatchError(`${op} operation does not apply: doc is missing path: "${where}": missing value`)
}

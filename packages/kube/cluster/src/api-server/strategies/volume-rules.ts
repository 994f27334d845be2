import { parseQuantity } from '@csi-ts/kube-api'
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** Rules that volumes and claims share for their access modes. */
export function accessModeErrors(modes: readonly unknown[], field: string, detail: string): FieldError[] {
  const isAlone = modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')
  return [
    ...(modes.length === 0 ? [required(field, detail)] : []),
    ...modes
      .filter((mode) => !accessModes.includes(String(mode)))
      .map((mode) => notSupported(field, mode, accessModes)),
    ...(isAlone ? [forbiddenField(field, 'may not use ReadWriteOncePod with other access modes')] : []),
  ]
}

/** Rules for the capacity of a volume: storage, and nothing else. */
export function capacityErrors(capacity: Readonly<Record<string, unknown>>, field: string): FieldError[] {
  const names = Object.keys(capacity)
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(names.length === 1 && names[0] === 'storage'
      ? []
      : [notSupported(field, names.length === 0 ? null : capacity, ['storage'])]),
    ...names.flatMap((name) => positiveErrors(String(capacity[name]), `${field}[${name}]`)),
  ]
}

/** A size has to be more than nothing. */
export function positiveErrors(quantity: string, field: string): FieldError[] {
  return parseQuantity(quantity).nanos > 0n ? [] : [invalidValue(field, quantity, 'must be greater than zero')]
}

import type { ObjectMetadata } from './json-record.ts'

/** Key of an object in its collection. */
export function storeKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

/** Key of an object by its metadata. */
export function storeKeyOf({ namespace = '', name = '' }: ObjectMetadata): string {
  return storeKey(namespace, name)
}

/** Prefix of the keys in a namespace; of all keys when there is none. */
export function storePrefix(namespace: string): string {
  return namespace === '' ? '' : `${namespace}/`
}

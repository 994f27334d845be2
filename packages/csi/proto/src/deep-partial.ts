/**
 * A message of which any part may be left out, at any depth; left-out scalars take their proto3 zero value. What
 * handlers return and what clients accept. A oneof always names its case.
 */
export type DeepPartial<T> = T extends bigint | string | number | boolean | undefined | Uint8Array
  ? T
  : T extends readonly (infer U)[]
    ? readonly DeepPartial<U>[]
    : T extends { readonly $case: infer C; readonly value: infer V }
      ? { readonly $case: C; readonly value: DeepPartial<V> }
      : { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }

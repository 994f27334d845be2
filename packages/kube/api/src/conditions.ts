/** A condition of a status, as most kinds have it. */
export interface Condition {
  type: string
  /** `True`, `False` or `Unknown`. */
  status: string
  reason?: string
  message?: string
  /** When `status` changed last, RFC 3339. */
  lastTransitionTime?: string
}

/** The condition of this type. */
export function findCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Whether the condition is there and `True`. */
export function isConditionTrue(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/**
 * The conditions with this one in place of the one of the same type, or at the end. `lastTransitionTime` becomes `now`
 * (RFC 3339) only when the status differs from before, as the API conventions ask.
 */
export function withCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  condition: C,
  now: string,
): C[] {
  const before = conditions ?? []
  const old = findCondition(before, condition.type)
  const lastTransitionTime = old?.status === condition.status ? (old.lastTransitionTime ?? now) : now
  const next = { ...condition, lastTransitionTime }
  return old === undefined ? [...before, next] : before.map((other) => (other === old ? next : other))
}

/** The conditions without the one of this type. */
export function withoutCondition<C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type)
}

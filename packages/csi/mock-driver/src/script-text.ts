import { Code } from '@csi-ts/csi-rpc'
import type { Place, ScriptAction } from './script.ts'

/** A rule as JSON text has it; what the script file holds a list of, and what the control socket takes. */
export interface RuleText {
  readonly place: Place
  /** `CreateVolume`, or `*`. */
  readonly method: string
  readonly kind: ScriptAction['kind']
  /** For `delay`. */
  readonly ms?: number | undefined
  /** For `fail`: a name of gRPC, `Unavailable`. */
  readonly code?: keyof typeof Code | undefined
  /** For `fail`. */
  readonly message?: string | undefined
  /** Default 1; 0 for all calls. */
  readonly times?: number | undefined
  /** Fields that the request must have, `{"name": "pvc-1"}`. Default: any request. */
  readonly when?: Readonly<Record<string, unknown>> | undefined
}

const kinds: readonly string[] = ['hold', 'delay', 'fail', 'cut', 'kill'] satisfies readonly ScriptAction['kind'][]

/**
 * Reads a list of rules.
 * @throws Error naming the rule, the field and what is allowed
 */
export function parseRules(text: string): RuleText[] {
  const rules: unknown = JSON.parse(text)
  if (!Array.isArray(rules)) throw new Error('a script is a list of rules')
  return rules.map((rule, index) => {
    try {
      return parseRule(rule)
    } catch (error) {
      throw new Error(`rule ${index}: ${(error as Error).message}`, { cause: error })
    }
  })
}

/** Checks one rule. @throws Error naming the field and what is allowed */
export function parseRule(value: unknown): RuleText {
  if (typeof value !== 'object' || value === null) throw new Error('a rule is an object')
  const rule = value as Readonly<Record<string, unknown>>
  const { place, method, kind, ms, code, times = 1, when } = rule
  if (place !== 'before' && place !== 'after') throw mistake('place', place, 'before, after')
  if (typeof method !== 'string' || method === '') throw mistake('method', method, 'the name of an RPC, *')
  if (typeof kind !== 'string' || !kinds.includes(kind)) throw mistake('kind', kind, kinds.join(', '))
  if (kind === 'delay' && !(typeof ms === 'number' && ms >= 0)) throw mistake('ms', ms, 'milliseconds')
  if (kind === 'fail' && !(typeof code === 'string' && code in Code))
    throw mistake('code', code, Object.keys(Code).join(', '))
  if (!(Number.isInteger(times) && Number(times) >= 0)) throw mistake('times', times, 'a number of calls, 0 for all')
  if (when !== undefined && (typeof when !== 'object' || when === null))
    throw mistake('when', when, 'fields of the request')
  return { ...rule, place, method, kind: kind as ScriptAction['kind'] }
}

/** What a rule does. `kill` is how this process ends itself. */
export function toAction(rule: RuleText, kill: () => void): ScriptAction {
  const { ms = 0, code = 'Unknown', message = 'scripted failure', when } = rule
  const times = rule.times === 0 ? Number.POSITIVE_INFINITY : rule.times
  const scope = { times, when: when === undefined ? undefined : (request: unknown) => matches(request, when) }
  switch (rule.kind) {
    case 'hold':
    case 'cut':
      return { kind: rule.kind, ...scope }
    case 'delay':
      return { kind: 'delay', ms, ...scope }
    case 'fail':
      return { kind: 'fail', code: Code[code], message, ...scope }
    case 'kill':
      return { kind: 'kill', kill, ...scope }
  }
}

/** Whether everything in `part` is in `whole`, at any depth; bigints compare with numbers and their digits. */
function matches(whole: unknown, part: unknown): boolean {
  if (typeof whole === 'bigint') return String(whole) === String(part)
  if (typeof part !== 'object' || part === null) return whole === part
  if (typeof whole !== 'object' || whole === null) return false
  const fields = new Map<string, unknown>(Object.entries(whole))
  return Object.entries(part).every(([key, value]) => matches(fields.get(key), value))
}

function mistake(field: string, value: unknown, allowed: string): Error {
  return new Error(`${field} is ${JSON.stringify(value) ?? 'missing'}, allowed: ${allowed}`)
}

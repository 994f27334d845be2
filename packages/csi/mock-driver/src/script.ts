import { type Clock, sleep, systemClock } from '@csi-ts/concurrency'
import { Code, CsiError, type InterceptedCall, type Interceptor } from '@csi-ts/csi-rpc'
import type { RecordedCall } from './recorded-call.ts'

/** What happens to a call. */
export type ScriptAction = (
  | { /** Stands still until the rule is released. */ readonly kind: 'hold' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'fail'; readonly code: Code; readonly message: string }
  | { /** Drops the connections: the caller gets no answer. */ readonly kind: 'cut' }
  | {
      /** Calls `kill`, for a process or a server to be ended, then drops the connections. */ readonly kind: 'kill'
      readonly kill: () => Promise<void> | void
    }
) & {
  /** How many calls it happens to. Default 1; `Infinity` for all. */
  readonly times?: number | undefined
  /** Which calls it happens to. Default: any. */
  readonly when?: ((request: unknown) => boolean) | undefined
}

/** One instruction of a script. */
export interface Rule {
  /** Resolves with the first call that stands at the rule, before the rule acts on it. */
  readonly reached: Promise<RecordedCall>
  /** How many calls it has happened to. */
  readonly hits: number
  /** Lets the calls that stand there go on, and those that arrive later pass without stopping. */
  release(): void
  /** {@link Rule.release}, and nothing happens to later calls. */
  remove(): void
}

/** Makes things happen at the boundary of a call. Rules of one place act in the order in which they were made. */
export interface Script {
  /** Before the work is begun: the driver knows nothing of the call. */
  before(method: string, action: ScriptAction): Rule
  /** When the work is done and the answer not yet sent: the caller does not know that it happened. */
  after(method: string, action: ScriptAction): Rule
}

/** A script and the interceptor that plays it. */
export interface PlayedScript extends Script {
  /** Passes a call through the rules of one place. */
  play(place: Place, record: RecordedCall, call: InterceptedCall): Promise<void>
}

/** Where in a call a rule stands. */
export type Place = 'before' | 'after'

/** An empty script. Method names are those of the RPCs, `CreateVolume`; `*` stands for all. */
export function createScript(options: { readonly clock?: Clock | undefined } = {}): PlayedScript {
  const { clock = systemClock } = options
  const rules = new Set<PlayedRule>()
  const add = (place: Place, method: string, action: ScriptAction): Rule => {
    const rule = new PlayedRule(place, method, action, () => rules.delete(rule))
    rules.add(rule)
    return rule
  }
  return {
    before: (method, action) => add('before', method, action),
    after: (method, action) => add('after', method, action),
    async play(place, record, call) {
      for (const rule of Array.from(rules)) if (rule.takes(place, call)) await rule.act(record, call, clock)
    },
  }
}

class PlayedRule implements Rule {
  readonly reached: Promise<RecordedCall>
  hits = 0
  readonly #place: Place
  readonly #method: string
  readonly #action: ScriptAction
  readonly #forget: () => void
  readonly #released = Promise.withResolvers<void>()
  readonly #setReached: (call: RecordedCall) => void

  constructor(place: Place, method: string, action: ScriptAction, forget: () => void) {
    this.#place = place
    this.#method = method
    this.#action = action
    this.#forget = forget
    const { promise, resolve } = Promise.withResolvers<RecordedCall>()
    this.reached = promise
    this.#setReached = resolve
  }

  release(): void {
    this.#released.resolve()
  }

  remove(): void {
    this.#forget()
    this.release()
  }

  takes(place: Place, { name, request }: InterceptedCall): boolean {
    const { times = 1, when = () => true } = this.#action
    const isHere = place === this.#place && (this.#method === '*' || this.#method === name)
    return isHere && this.hits < times && when(request)
  }

  async act(record: RecordedCall, call: InterceptedCall, clock: Clock): Promise<void> {
    this.hits += 1
    this.#setReached(record)
    const action = this.#action
    switch (action.kind) {
      case 'hold':
        return await this.#released.promise
      case 'delay':
        return await sleep(action.ms, { clock })
      case 'fail':
        throw new CsiError(action.code, action.message)
      case 'cut':
        return cut(call)
      case 'kill':
        await action.kill()
        return cut(call)
    }
  }
}

function cut(call: InterceptedCall): never {
  call.dropConnections()
  throw new CsiError(Code.Unavailable, 'the connection was cut') // nobody is left to read it
}

/** Records every call and plays the script around it. */
export function scriptInterceptor(script: PlayedScript, record: (call: InterceptedCall) => RecordedCall): Interceptor {
  return async (call, next) => {
    const recorded = record(call)
    try {
      await script.play('before', recorded, call)
      const response = await next()
      recorded.response = response
      await script.play('after', recorded, call)
      recorded.outcome = 'answered'
      return response
    } catch (error) {
      recorded.outcome = 'failed'
      recorded.error = error
      throw error
    }
  }
}

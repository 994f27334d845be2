import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { Semaphore } from '@csi-ts/concurrency'
import { type DialTarget, dial } from './dial.ts'
import { exchangeOverHttp1 } from './http1-exchange.ts'
import type { Connections } from './identity-transport.ts'

/** Settings of {@link createHttp1Connections}. */
export interface Http1Options {
  /** Most connections for everything but watches; one of them is kept for leases. */
  readonly maxConnections: number
  /** A connection that is up already. */
  readonly spare?: Duplex | undefined
}

/** Idle connections end before the API server ends them (90 s), so that a request rarely meets a closing one. */
export const idleConnectionMs = 60_000

/** Makes connections that carry one request at a time, and are kept for the next. */
export function createHttp1Connections(target: DialTarget, base: URL, options: Http1Options): Connections {
  const closing = new AbortController()
  let { spare } = options
  const connect = async (): Promise<Duplex> => {
    const socket = spare
    spare = undefined
    return socket === undefined || socket.destroyed ? dial(target, ['http/1.1'], closing.signal) : socket
  }
  const agent = new DialingAgent(connect)
  // Not the agent's own limits: it does not count connections that are being made.
  const pooled = new Semaphore(Math.max(1, options.maxConnections - 1))
  const reserved = new Semaphore(1)
  return {
    exchange(request, signal) {
      if (request.lane === 'own') return exchangeOverHttp1(request, { target, base, signal, agent }).response
      const lane = request.lane === 'reserved' ? reserved : pooled
      return new Promise((resolve, reject) => {
        const turn = async (): Promise<void> => {
          const { response, closed } = exchangeOverHttp1(request, { target, base, signal, agent })
          response.then(resolve, reject)
          await closed
        }
        lane.run(turn, { signal }).catch(reject)
      })
    },
    retire(): void {
      agent.retire()
      spare?.destroy()
    },
    destroy(): void {
      closing.abort(new Error('the Kubernetes client is closed'))
      agent.destroy()
      spare?.destroy()
    },
  }
}

/** Keeps idle connections, and makes new ones in our own way. */
class DialingAgent extends Agent {
  readonly #connect: () => Promise<Duplex>

  constructor(connect: () => Promise<Duplex>) {
    super({
      keepAlive: true,
      keepAliveMsecs: 30_000,
      scheduling: 'lifo',
      timeout: idleConnectionMs,
      maxFreeSockets: 8,
    })
    this.#connect = connect
  }

  override createConnection(_options: unknown, made?: (error: Error | null, stream: Duplex) => void): undefined {
    if (made !== undefined) void this.#make(made as (error: unknown, stream?: Duplex) => void)
    return undefined
  }

  async #make(made: (error: unknown, stream?: Duplex) => void): Promise<void> {
    let socket: Duplex
    try {
      socket = await this.#connect()
    } catch (error) {
      return made(error)
    }
    return made(null, socket)
  }

  /** Closes each connection after its request. */
  retire(): void {
    // Not in the type declarations.
    ;(this as { keepAlive?: boolean }).keepAlive = false
    for (const idle of Object.values(this.freeSockets).flat()) idle?.destroy()
  }
}

import { once } from 'node:events'
import { connect } from 'node:net'
import type { ControlMessage, ControlRequest, RemoteCall } from './control-protocol.ts'
import { readJsonLines, writeJsonLine } from './json-lines.ts'
import type { RuleText } from './script-text.ts'

/** A rule in another process. */
export interface RemoteRule {
  /** Resolves with the first call that stands at the rule; rejects when the connection ends before. */
  readonly reached: Promise<RemoteCall>
  release(): Promise<void>
  remove(): Promise<void>
}

/** The script of a mock driver in another process. */
export interface MockControl {
  /** Adds a rule. Rejects with what is wrong with it. */
  add(rule: RuleText): Promise<RemoteRule>
  /** All calls so far. */
  calls(): Promise<readonly RemoteCall[]>
  volumes(): Promise<readonly { readonly id: string; readonly name: string }[]>
  close(): void
}

type Settle = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

/** Connects to the control socket of a mock driver process. Rejects when nobody listens there. */
export async function connectMockControl(path: string): Promise<MockControl> {
  const socket = connect(path)
  await once(socket, 'connect')
  const waiting = new Map<number, Settle>()
  const reached = new Map<number, Settle>()
  const early = new Map<number, RemoteCall>()
  let lastId = 0

  readJsonLines(socket, (value) => {
    const message = value as ControlMessage
    if ('reached' in message) {
      reached.get(message.reached)?.resolve(message.call)
      early.set(message.reached, message.call)
      return
    }
    const settle = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) settle?.resolve(message.result)
    else settle?.reject(new Error(message.error))
  })
  socket.on('error', () => {}) // followed by close, which tells everybody
  socket.on('close', () => {
    for (const { reject } of [...waiting.values(), ...reached.values()])
      reject(new Error(`the control connection to ${path} ended`))
  })

  const ask = (request: DistributiveOmit<ControlRequest, 'id'>): Promise<unknown> => {
    const id = ++lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    waiting.set(id, { resolve, reject })
    writeJsonLine(socket, { id, ...request })
    return promise
  }
  return {
    async add(rule) {
      const number = (await ask({ op: 'add', rule })) as number
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      promise.catch(() => {}) // nobody need wait for it
      reached.set(number, { resolve, reject })
      if (early.has(number)) resolve(early.get(number))
      return {
        reached: promise as Promise<RemoteCall>,
        release: async () => void (await ask({ op: 'release', rule: number })),
        remove: async () => void (await ask({ op: 'remove', rule: number })),
      }
    },
    calls: async () => (await ask({ op: 'calls' })) as readonly RemoteCall[],
    volumes: async () => (await ask({ op: 'volumes' })) as readonly { readonly id: string; readonly name: string }[],
    close: () => void socket.destroy(),
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

import type { Socket } from 'node:net'
import { methodTypes } from '@csi-ts/csi-proto'
import { listenOnSocket, redactedText } from '@csi-ts/csi-rpc'
import type { ControlRequest, RemoteCall } from './control-protocol.ts'
import { readJsonLines, writeJsonLine } from './json-lines.ts'
import type { MockDriver } from './mock-driver.ts'
import type { RecordedCall } from './recorded-call.ts'
import type { Rule } from './script.ts'
import { parseRule, type RuleText, toAction } from './script-text.ts'

/** A mock driver that can be scripted from another process. */
export interface ControlServer {
  close(): Promise<void>
}

/**
 * Takes instructions for a mock driver on a UNIX socket, as lines of JSON. For {@link connectMockControl}.
 * @throws Error when the socket cannot be listened on
 */
export async function serveControl(
  mock: MockDriver,
  options: { readonly path: string; readonly kill: () => void },
): Promise<ControlServer> {
  const rules: Rule[] = []
  const listener = await listenOnSocket(options.path, {
    accept: (socket) =>
      readJsonLines(socket, (value) => {
        const request = value as ControlRequest
        try {
          writeJsonLine(socket, { id: request.id, result: answer(socket, request) })
        } catch (error) {
          writeJsonLine(socket, { id: request.id, error: (error as Error).message })
        }
      }),
  })
  const answer = (socket: Socket, request: ControlRequest): unknown => {
    switch (request.op) {
      case 'add':
        return addRule(socket, parseRule(request.rule))
      case 'release':
        return ruleOf(request.rule).release()
      case 'remove':
        return ruleOf(request.rule).remove()
      case 'calls':
        return mock.calls.map(toRemoteCall)
      case 'volumes':
        return [...mock.volumes.values()].map(({ id, name }) => ({ id, name }))
    }
  }
  const addRule = (socket: Socket, text: RuleText): number => {
    const rule = addTo(mock, text, options.kill)
    const number = rules.push(rule) - 1
    void rule.reached.then((call) => writeJsonLine(socket, { reached: number, call: toRemoteCall(call) }))
    return number
  }
  const ruleOf = (number: number): Rule => {
    const rule = rules[number]
    if (rule === undefined) throw new Error(`there is no rule ${number}`)
    return rule
  }
  return {
    async close() {
      await listener.stop()
      for (const connection of listener.connections) connection.destroy()
      await listener.drained
    },
  }
}

/** Adds a rule that came as text to the script of a mock driver. */
export function addTo({ script }: Pick<MockDriver, 'script'>, rule: RuleText, kill: () => void): Rule {
  return script[rule.place](rule.method, toAction(rule, kill))
}

function toRemoteCall({ method, request, outcome }: RecordedCall): RemoteCall {
  const path = Object.keys(methodTypes).find((candidate) => candidate.endsWith(`/${method}`)) ?? method
  return { method, request: redactedText(path, request), outcome }
}

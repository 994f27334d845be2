import { readFile, stat } from 'node:fs/promises'
import { accountNamespace } from '../adapter/component-roles.ts'
import type { TracedRequest } from './trace.ts'

/** Has the API server record the requests of the components, by their service accounts, and nobody else's. */
export function renderAuditPolicy(): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', userGroups: [`system:serviceaccounts:${accountNamespace}`] }, { level: 'None' }],
  })
}

/** The audit log of a running API server. */
export interface AuditLog {
  /** Remembers where the log ends now; the returned function reads what has been added since. */
  mark(): Promise<() => Promise<TracedRequest[]>>
}

/** Reads an audit log that the API server writes, synchronously with its answers, into a file. */
export function createAuditLog(path: string): AuditLog {
  return {
    async mark() {
      const from = await stat(path).then(
        ({ size }) => size,
        () => 0, // it is made with the first entry
      )
      return async () =>
        parseAuditLog((await readFile(path).catch(() => Buffer.alloc(0))).subarray(from).toString('utf8'))
    },
  }
}

/** An entry of an audit log, as far as it is read. */
interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly userAgent?: string
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string }
  readonly responseStatus?: { readonly code?: number }
}

/** The requests for resources in a log: a watch when it starts, all others when they are answered. */
export function parseAuditLog(text: string): TracedRequest[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { stage, verb, userAgent = '', objectRef = {}, responseStatus = {} } = JSON.parse(line) as AuditEvent
      const { resource, subresource = '', name = '' } = objectRef
      if (resource === undefined) return []
      // A watch that is refused has no start.
      const isRefused = (responseStatus.code ?? 200) >= 400
      const counts = verb === 'watch' && !isRefused ? stage === 'ResponseStarted' : stage === 'ResponseComplete'
      return counts ? [{ userAgent, verb, resource, subresource, name, code: responseStatus.code ?? 200 }] : []
    })
}

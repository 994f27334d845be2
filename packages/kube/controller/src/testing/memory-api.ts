import type { KubeClient } from '@csi-ts/kube-client'
import { type ApiCall, type ApiFaults, MemoryClient } from './memory-client.ts'
import { MemoryStore } from './memory-store.ts'

/**
 * An API server in memory for tests of controllers: conflicts, history, watches, and faults at will. No validation, no
 * defaults, no sub-resources but status; what users see of a server is `@csi-ts/kube-cluster`.
 */
export class MemoryApi extends MemoryStore {
  /** Every request of clients so far. */
  readonly calls: ApiCall[] = []
  faults: ApiFaults = {}

  /** A client that makes requests; each call is recorded and passes the client's own faults, then everybody's. */
  client(faults: ApiFaults = {}): KubeClient {
    return new MemoryClient(this, {
      before: async (call) => {
        this.calls.push(call)
        await faults.before?.(call)
        await this.faults.before?.(call)
      },
      after: async (call) => {
        await this.faults.after?.(call)
        await faults.after?.(call)
      },
    })
  }
}

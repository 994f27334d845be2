import {
  ControllerService,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import type { Client, Interceptor } from '@csi-ts/csi-rpc'
import { inMemoryClient } from '@csi-ts/csi-rpc/testing'
import { checkResponse } from '../check-response.ts'
import type { Driver } from '../driver.ts'

/** Clients of a driver in the same process. */
export interface InMemoryDriver {
  readonly identity: Client<typeof IdentityService>
  readonly controller: Client<typeof ControllerService>
  readonly node: Client<typeof NodeService>
  readonly groupController: Client<typeof GroupControllerService>
  readonly snapshotMetadata: Client<typeof SnapshotMetadataService>
}

/**
 * Calls a driver without a socket: real messages, validation and error mapping. Stricter than a served driver: a response
 * that breaks the specification fails the call.
 */
export function inMemoryDriver(driver: Driver): InMemoryDriver {
  const intercept: Interceptor = async (call, next) => {
    const inner = driver.intercept
    const response = await (inner === undefined ? next() : inner(call, next))
    const broken = checkResponse(call.name, response)
    if (broken.length > 0) throw new Error(`response of ${call.name} breaks the specification: ${broken.join('; ')}`)
    return response
  }
  const { handlers } = driver
  return {
    identity: inMemoryClient(IdentityService, handlers.identity, { intercept }),
    controller: inMemoryClient(ControllerService, handlers.controller, { intercept }),
    node: inMemoryClient(NodeService, handlers.node, { intercept }),
    groupController: inMemoryClient(GroupControllerService, handlers.groupController, { intercept }),
    snapshotMetadata: inMemoryClient(SnapshotMetadataService, handlers.snapshotMetadata, { intercept }),
  }
}

import { ControllerService, GroupControllerService, IdentityService, NodeService } from '@csi-ts/csi-proto'
import { inMemoryClient } from '@csi-ts/csi-rpc/testing'
import { createDriver } from '@csi-ts/driver-sdk'
import { inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import {
  getControllerCapabilities,
  getDriverName,
  getGroupControllerCapabilities,
  getNodeCapabilities,
  getPluginCapabilities,
  probe,
} from './driver-info.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }
const options = { timeoutMs: 1_000 }

describe('getDriverName', () => {
  it('asks the driver', async () => {
    const driver = inMemoryDriver(createDriver({ name: 'a.example.com', vendorVersion: '1' }))
    expect(await getDriverName(driver, ctx, options)).toBe('a.example.com')
  })

  it('refuses an empty name', async () => {
    const identity = inMemoryClient(IdentityService, { getPluginInfo: () => ({}) })
    await expect(getDriverName({ identity }, ctx, options)).rejects.toThrow('driver name is empty')
  })
})

describe('probe', () => {
  it.each([
    { answer: { ready: true }, ready: true },
    { answer: { ready: false }, ready: false },
    { answer: {}, ready: true },
  ])('reads $answer as $ready', async ({ answer, ready }) => {
    const identity = inMemoryClient(IdentityService, { probe: () => answer })
    expect(await probe({ identity }, ctx, options)).toBe(ready)
  })
})

describe('capabilities', () => {
  it('of the plugin are its services; expansion and entries without content are skipped', async () => {
    const identity = inMemoryClient(IdentityService, {
      getPluginCapabilities: () => ({
        capabilities: [
          { type: { $case: 'service', value: { type: 1 } } },
          { type: { $case: 'volumeExpansion', value: { type: 1 } } },
          {},
          { type: { $case: 'service', value: { type: 2 } } },
        ],
      }),
    })
    expect(await getPluginCapabilities({ identity }, ctx, options)).toEqual(new Set([1, 2]))
  })

  it('of controller, node and group controller are numbers, unknown ones included', async () => {
    const controller = inMemoryClient(ControllerService, {
      controllerGetCapabilities: () => ({ capabilities: [rpc(1), {}, rpc(99)] }),
    })
    const node = inMemoryClient(NodeService, { nodeGetCapabilities: () => ({ capabilities: [rpc(2), {}] }) })
    const groupController = inMemoryClient(GroupControllerService, {
      groupControllerGetCapabilities: () => ({ capabilities: [rpc(1), {}] }),
    })
    expect(await getControllerCapabilities({ controller }, ctx, options)).toEqual(new Set([1, 99]))
    expect(await getNodeCapabilities({ node }, ctx, options)).toEqual(new Set([2]))
    expect(await getGroupControllerCapabilities({ groupController }, ctx, options)).toEqual(new Set([1]))
  })
})

function rpc(type: number) {
  return { type: { $case: 'rpc' as const, value: { type: type as never } } }
}

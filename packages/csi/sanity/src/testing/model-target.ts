import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ControllerService,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import { inMemoryClient } from '@csi-ts/csi-rpc/testing'
import type { Driver } from '@csi-ts/driver-sdk'
import { localPaths } from '../paths.ts'
import { defaultSuiteOptions, type SuiteOptions } from '../suite-options.ts'
import type { DriverClients, SuiteTarget } from '../suite-target.ts'
import type { Defect } from './defect.ts'
import { createModelDriver, firstState } from './model-driver.ts'

/** What the model driver accepts, on a small scale. */
export const modelSuite: Omit<SuiteOptions, 'targetDir' | 'stagingDir' | 'paths'> = {
  ...defaultSuiteOptions,
  volumeSizeBytes: 1n << 20n,
  expandSizeBytes: 2n << 20n,
  parameters: { kind: 'fast' },
  mutableParameters: { speed: 'slow' },
  secrets: { CreateVolume: { password: 'correct-horse-battery' } },
  readyTimeoutMs: 300,
  repetitions: 3,
}

/** Topology of the model driver's node. */
export const modelTopology: Readonly<Record<string, string>> = { 'topology.mock.csi.example.com/node': 'node-1' }

/** A model driver in this process, with a place on disk that goes when it is disposed. */
export async function createModelTarget(
  defect?: Defect,
): Promise<AsyncDisposable & { readonly target: SuiteTarget; readonly suite: SuiteOptions }> {
  const directory = await mkdtemp(join(tmpdir(), 'csi-sanity-'))
  const state = firstState()
  const start = () => clientsOf(createModelDriver({ defect, state, topology: modelTopology }))
  let running = start()
  return {
    target: {
      clients: () => running,
      restart: async () => {
        running = start()
      },
    },
    suite: {
      ...modelSuite,
      paths: localPaths,
      targetDir: join(directory, 'targets'),
      stagingDir: join(directory, 'staging'),
    },
    // Recursive: with a defect anything may be left. Nothing is ever mounted here.
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Not the SDK's own clients: those check responses themselves, and would take the suite's work from it. */
function clientsOf({ handlers }: Driver): DriverClients {
  return {
    identity: inMemoryClient(IdentityService, handlers.identity),
    controller: inMemoryClient(ControllerService, handlers.controller),
    node: inMemoryClient(NodeService, handlers.node),
    groupController: inMemoryClient(GroupControllerService, handlers.groupController),
    snapshotMetadata: inMemoryClient(SnapshotMetadataService, handlers.snapshotMetadata),
  }
}

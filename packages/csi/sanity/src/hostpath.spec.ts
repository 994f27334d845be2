import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createHostpathDriver } from '@csi-ts/driver-hostpath/driver'
import { inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import { createMountFixture, FakeMounter } from '@csi-ts/mount/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { localPaths } from './paths.ts'
import { runSuite } from './run-suite.ts'
import { modelSuite } from './testing/model-target.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }

describe('the hostpath driver', () => {
  it.each([
    { how: 'with default options', options: {}, parameters: {}, mutableParameters: {} },
    {
      how: 'with attachment, pools and mutable parameters',
      options: {
        enableAttach: true,
        attachLimit: 3,
        checkVolumeLifecycle: true,
        pools: new Map([['fast', 1n << 30n]]),
        enableControllerModifyVolume: true,
        acceptedMutableParameters: new Set(['speed']),
      },
      parameters: { kind: 'fast' },
      mutableParameters: { speed: 'slow' },
    },
  ])('passes $how', async ({ options, parameters, mutableParameters }) => {
    const mounter = new FakeMounter()
    await using scratch = await createMountFixture(mounter)
    const stateDir = join(scratch.directory, 'state')
    await mkdir(join(scratch.directory, 'targets'))
    const start = async () =>
      inMemoryDriver(
        await createHostpathDriver(
          { log: silentLogger, mounter, bootId: 'boot' },
          { nodeId: 'n', stateDir, ...options },
        ),
      )
    let running = await start()
    const suite = {
      ...modelSuite,
      parameters,
      mutableParameters,
      attachLimit: true,
      paths: localPaths,
      targetDir: join(scratch.directory, 'targets'),
      stagingDir: join(scratch.directory, 'staging'),
    }
    const restart = async (): Promise<void> => {
      running = await start()
    }
    const results = await runSuite({ clients: () => running, restart }, { suite }, ctx)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(100)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import { createMockDriver } from '@csi-ts/mock-driver'
import { afterAll, describe, expect, it } from 'vitest'
import { localPaths } from './paths.ts'
import { modelSuite } from './testing/model-target.ts'
import { defineConformanceTests } from './vitest.ts'

const directory = await mkdtemp(join(tmpdir(), 'csi-sanity-'))
const suite = {
  ...modelSuite,
  paths: localPaths,
  targetDir: join(directory, 'targets'),
  stagingDir: join(directory, 's'),
}

afterAll(() => rm(directory, { recursive: true }))

describe('the mock driver', () => {
  const driver = inMemoryDriver(createMockDriver({ makeTargets: true, maxVolumesPerNode: 2 }).driver)
  defineConformanceTests(it, () => ({ clients: () => driver }), { ...suite, attachLimit: true })
})

describe('defineConformanceTests', () => {
  it('skips with the reason, and fails with what is wrong', async () => {
    const driver = inMemoryDriver(createMockDriver({ nodeCapabilities: [] }).driver)
    const tests = new Map<string, () => Promise<void>>()
    const skipped: string[] = []
    const collect = (name: string, test: (context: { skip(note: string): void }) => Promise<void>): void =>
      void tests.set(name, () => test({ skip: (note) => skipped.push(note) }))
    defineConformanceTests(collect, () => ({ clients: () => driver }), suite)
    await tests.get('NodeStageVolume: repeated, it is OK')?.()
    expect(skipped).toEqual(['the driver does not have the node capability STAGE_UNSTAGE_VOLUME'])
    const call = tests.get('NodePublishVolume: the target exists after it, and not after NodeUnpublishVolume')?.()
    await expect(call).rejects.toThrow('is not_found for a volume of type mount')
  })
})

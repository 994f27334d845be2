import { resources } from '@csi-ts/kube-api'
import { flagsAsMarkdown } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { readReadme, useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'
import { commonFlags } from './common-flags.ts'
import type { SidecarModule } from './sidecar.ts'
import { startSidecarWorld, type TestOptions } from './testing/sidecar-world.ts'

const sample = useReadmeSample(import.meta.url)

it('documents the flags as they are', () => {
  expect(readReadme(import.meta.url)).toContain(`<!-- flags -->\n${flagsAsMarkdown(commonFlags)}<!-- /flags -->\n`)
})

it("and counts its driver's volumes", async () => {
  const { countingSidecar } = (await import(sample.path)) as { countingSidecar: SidecarModule<TestOptions> }
  await using world = await startSidecarWorld()
  const volumes = world.api.client().resource(resources.persistentVolumes)
  const ctx = { signal: new AbortController().signal, log: silentLogger }
  for (const driver of ['mock.csi.example.com', 'mock.csi.example.com', 'other']) {
    const csi = { driver, volumeHandle: 'h' }
    await volumes.create(
      {
        metadata: { generateName: 'pv-' },
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi },
      },
      ctx,
    )
  }
  const run = world.run([], countingSidecar)
  expect(await run.ended).toEqual({ kind: 'finished' })
  expect(run.lines.find(({ message }) => message === 'counted volumes')?.fields['volumes']).toBe(2)
})

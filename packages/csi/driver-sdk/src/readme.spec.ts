import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDriver, getControllerCapabilities } from '@csi-ts/csi-client'
import { AccessMode } from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { runProgram } from '@csi-ts/process/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)
const ctx = { signal: new AbortController().signal, log: silentLogger }

it('and is a driver', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'csi-'))
  const endpoint = `unix://${folder}/csi.sock`
  await using program = runProgram(sample.url, [`--endpoint=${endpoint}`])
  const driver = await connectDriver({ address: endpoint, log: silentLogger })
  const volumeCapabilities = [
    { accessMode: { mode: AccessMode.SINGLE_NODE_WRITER }, accessType: { $case: 'mount' as const, value: {} } },
  ]
  const create = (requiredBytes: bigint) =>
    driver.controller.createVolume({ name: 'a', volumeCapabilities, capacityRange: { requiredBytes } }, {})
  expect((await create(5n)).volume).toMatchObject({ volumeId: 'a', capacityBytes: 5n })
  expect((await create(5n)).volume).toMatchObject({ volumeId: 'a', capacityBytes: 5n })
  await expect(create(6n)).rejects.toMatchObject({ code: Code.AlreadyExists })
  expect(await getControllerCapabilities(driver, ctx, { timeoutMs: 5_000 })).toEqual(new Set([1]))
  await driver.controller.deleteVolume({ volumeId: 'a' }, {})
  await expect(
    driver.controller.validateVolumeCapabilities({ volumeId: 'a', volumeCapabilities }, {}),
  ).rejects.toMatchObject({
    code: Code.NotFound,
  })
  driver.close()
  program.kill('SIGTERM')
  expect(await program.ended).toEqual({ code: 0, signal: null })
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

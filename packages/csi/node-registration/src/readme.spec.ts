import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '@csi-ts/process/testing'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'
import { kubeletAt, registryFolder } from './testing/registration-setup.ts'

const sample = useReadmeSample(import.meta.url)

it('shows a sample that works, and ends by itself when told to', async () => {
  const folder = await registryFolder()
  await using program = runProgram(sample.url, [folder])
  await program.logged('registration server started')
  const kubelet = kubeletAt(join(folder, 'nfs.csi.k8s.io-reg.sock'))
  expect(await kubelet.getInfo({}, {})).toMatchObject({ name: 'nfs.csi.k8s.io' })
  await kubelet.notifyRegistrationStatus({ pluginRegistered: false, error: 'no node id' }, {}).catch(() => {})
  expect(await program.ended).toEqual({ code: 0, signal: null })
  expect(program.stderr()).toContain('kubelet refused: no node id')
  expect(await readdir(folder)).toEqual([])
})

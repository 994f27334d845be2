import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('the sample of the README serves the driver and ends', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  const sample = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const args = ['--conditions=@csi-ts/source', '--input-type=module', '-e', stripTypeScriptTypes(sample)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  expect(stdout).toBe('serving hostpath.csi.k8s.io\n')
})

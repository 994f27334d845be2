import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

describe('README sample', () => {
  it('gives what the README says', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const local = code.replace("'@csi-ts/kube-volumes'", JSON.stringify(new URL('./index.ts', import.meta.url).href))
    const sample: unknown = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(local)}`)
    expect(sample).toMatchObject({
      forDriver: { type: 'ssd' },
      secret: { name: 'creds-data', namespace: 'shop' },
      capabilities: [{ accessType: { $case: 'mount', value: { fsType: 'ext4' } } }],
    })
  })
})

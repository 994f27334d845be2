import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import * as sample from './testing/readme-sample.ts'

describe('README', () => {
  it('has a sample that compiles and gives what it says', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const source = await readFile(new URL('testing/readme-sample.ts', import.meta.url), 'utf8')
    expect(readme).toContain(`\`\`\`ts\n${source}\`\`\``)
    expect(sample).toMatchObject({
      sizeBytes: 1_610_612_736n,
      size: '1536Mi',
      key: 'shop/data',
      path: '/api/v1/namespaces/shop/persistentvolumeclaims/data/status',
      isDatabase: true,
      isProtected: false,
    })
  })
})

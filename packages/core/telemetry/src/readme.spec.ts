import { readReadme, useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('shows what the sample prints', async () => {
  const { stdout, stderr } = await sample.run()
  const lines = stderr.replace(/\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+/g, '0102 15:04:05.000000       1')
  expect(readReadme(import.meta.url)).toContain(`\`\`\`text\n${lines}${stdout}\`\`\`\n`)
})

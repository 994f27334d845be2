import { expect, it } from 'vitest'
import { updateResults } from './results-file.ts'

const machine = { cores: 2, memoryGb: 24, load: 0.51, node: 'v24.21.0' }

it('adds the section of a bench, with the command and the machine', () => {
  const text = updateResults('', 'scale', 'figure  measured\nx  1\n', machine)
  expect(text).toContain(
    '## scale\n\n`npm run bench -- scale` on 2 cores, 24 GB of memory, load 0.5 before, Node v24.21.0\n\n```\nfigure  measured\nx  1\n```\n',
  )
  expect(text.startsWith('# Results\n')).toBe(true)
})

it('replaces the section of a bench that ran again and keeps the others, in their order', () => {
  const first = updateResults(updateResults('', 'scale', 'the first run', machine), 'informer', 'other', machine)
  const again = updateResults(first, 'scale', 'new', machine)
  expect(again).not.toContain('the first run')
  expect(again.match(/^## .*$/gm)).toEqual(['## scale', '## informer'])
  expect(updateResults(again, 'scale', 'new', machine)).toBe(again)
})

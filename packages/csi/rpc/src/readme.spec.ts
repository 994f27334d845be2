import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('and says what it promises', async () => {
  expect((await sample.run()).stdout.split('\n')).toEqual([
    'a.example.com',
    'rpc error: code = FailedPrecondition desc = the array is not licensed',
    '',
  ])
})

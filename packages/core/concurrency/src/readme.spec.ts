import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('shows a sample that works', async () => {
  const { expandUntilDone } = (await import(sample.path)) as {
    readonly expandUntilDone: <T>(volume: string, expand: () => Promise<T>, signal: AbortSignal) => Promise<T>
  }
  const { signal } = new AbortController()
  let tries = 0
  const expand = async (): Promise<bigint> => {
    if (++tries < 3) throw new Error('not yet')
    return 5n
  }
  expect(await expandUntilDone('volume-1', expand, signal)).toBe(5n)
  const stopped = expandUntilDone('volume-1', () => new Promise(() => {}), AbortSignal.abort(new Error('stop')))
  await expect(stopped).rejects.toThrow('stop')
})

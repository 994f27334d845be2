import { describe, expect, it } from 'vitest'
import { busyboxPod, createPodFiles } from './pods.ts'

const ref = { name: 'p', namespace: 'default' }

describe('busyboxPod', () => {
  it('mounts the claim at /data', () => {
    expect(busyboxPod('c', { ...ref, readOnly: true }).spec).toMatchObject({
      containers: [{ volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c', readOnly: true } }],
    })
  })

  it('mounts nothing without a claim, and never pulls an image', () => {
    const { spec } = busyboxPod(undefined, ref)
    expect(spec?.volumes).toBeUndefined()
    expect(spec?.containers.map(({ imagePullPolicy }) => imagePullPolicy)).toEqual(['Never'])
  })
})

describe('createPodFiles', () => {
  it('passes text by standard input and never through a shell', async () => {
    const calls: { args: readonly string[]; input: string | undefined }[] = []
    const files = createPodFiles((args, options) => {
      calls.push({ args, input: options?.input })
      return Promise.resolve('content')
    })
    await files.writeFile(ref, '/data/a b', '$(x)')
    expect(await files.readFile(ref, '/data/a b')).toBe('content')
    expect(calls).toEqual([
      { args: ['exec', '--stdin', '--namespace=default', 'p', '--', 'tee', '/data/a b'], input: '$(x)' },
      { args: ['exec', '--namespace=default', 'p', '--', 'cat', '/data/a b'], input: undefined },
    ])
  })
})

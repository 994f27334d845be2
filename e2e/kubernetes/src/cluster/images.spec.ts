import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { nodeImages, pauseImage, renderArchive } from './images.ts'

const layer = { path: 'layer.tar', sha256: 'a'.repeat(64) }

describe('renderArchive', () => {
  it('is a docker-archive: a manifest over configurations that are named by their digest', () => {
    const files = renderArchive(
      [
        { tags: ['one:1', 'one:2'], command: ['/bin/sh'] },
        { tags: ['two:1'], entrypoint: ['/x'] },
      ],
      layer,
      'arm64',
    )
    const manifest = JSON.parse(files.find(({ path }) => path === 'manifest.json')?.text ?? '') as {
      Config: string
      RepoTags: string[]
      Layers: string[]
    }[]
    expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([['one:1', 'one:2'], ['two:1']])
    expect(manifest.map(({ Layers }) => Layers)).toEqual([['layer.tar'], ['layer.tar']])
    const configs = manifest.map(({ Config }) => files.find(({ path }) => path === Config)?.text ?? '')
    expect(manifest.map(({ Config }) => Config)).toEqual(
      configs.map((text) => `${createHash('sha256').update(text).digest('hex')}.json`),
    )
    expect(configs.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      {
        architecture: 'arm64',
        os: 'linux',
        config: { Cmd: ['/bin/sh'] },
        rootfs: { diff_ids: [`sha256:${layer.sha256}`] },
      },
      {
        architecture: 'arm64',
        os: 'linux',
        config: { Entrypoint: ['/x'] },
        rootfs: { diff_ids: [`sha256:${layer.sha256}`] },
      },
    ])
  })

  it('gives the node its sandbox image', () => {
    expect(nodeImages.flatMap(({ tags }) => tags)).toContain(pauseImage)
  })
})

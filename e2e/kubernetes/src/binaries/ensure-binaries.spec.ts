import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { binaryGroups, clusterBinaries, groupOf } from './binary-table.ts'
import { ensureBinaries } from './ensure-binaries.ts'
import { GoMissingError } from './go-toolchain.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assets-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

describe('ensureBinaries', () => {
  it('takes from KUBEBUILDER_ASSETS what is there, without Go', async () => {
    vi.stubEnv('PATH', folder)
    const written: string[] = []
    for (const name of ['etcd', 'kube-apiserver']) {
      await writeFile(join(folder, name), '')
      await chmod(join(folder, name), 0o755)
    }
    const paths = await ensureBinaries(['etcd', 'kube-apiserver'], {
      log: { write: (text) => written.push(text) },
      kubebuilderAssets: folder,
    })
    expect([...paths]).toEqual([
      ['etcd', join(folder, 'etcd')],
      ['kube-apiserver', join(folder, 'kube-apiserver')],
    ])
    expect(written).toHaveLength(2)
  })

  it.each([
    { what: 'a binary that envtest does not have', name: 'kubelet' },
    { what: 'one that is not in the folder', name: 'kubectl' },
  ])('needs Go for $what, and says so in one line', async ({ name }) => {
    vi.stubEnv('PATH', folder)
    const built = ensureBinaries([name], { log: { write: () => undefined }, kubebuilderAssets: folder })
    await expect(built).rejects.toThrow(GoMissingError)
    await expect(built).rejects.toThrow(
      `cannot build ${name}: go is not in PATH: install Go 1.26 or later (https://go.dev/dl)`,
    )
  })
})

describe('the binary table', () => {
  it('has every binary of a cluster', () => {
    expect(clusterBinaries.map((name) => groupOf(name).folder)).toEqual(['etcd', ...Array(5).fill('kubernetes')])
  })

  it('stamps the version into Kubernetes', () => {
    const flags = binaryGroups.find(({ folder: name }) => name === 'kubernetes')?.linkerFlags('v1.36.3')
    expect(flags).toContain('k8s.io/component-base/version.gitVersion=v1.36.3')
    expect(flags).toContain('k8s.io/component-base/version.gitMinor=36')
  })

  it('knows no other names', () => {
    expect(() => groupOf('kube-proxy')).toThrow('no Go module below e2e/kubernetes/go builds "kube-proxy"')
  })
})

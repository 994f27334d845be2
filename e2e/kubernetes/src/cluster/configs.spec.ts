import { describe, expect, it } from 'vitest'
import {
  renderCniConfig,
  renderContainerdConfig,
  renderHosts,
  renderKubeconfig,
  renderKubeletConfig,
} from './configs.ts'

describe('renderKubeconfig', () => {
  it('carries the certificates and reaches the API server on loopback', () => {
    const config = JSON.parse(
      renderKubeconfig({ ca: 'CA', client: { cert: 'CERT', key: 'KEY' }, server: 'https://server' }),
    ) as Record<string, unknown>
    expect(config).toMatchObject({
      kind: 'Config',
      clusters: [{ cluster: { server: 'https://server', 'certificate-authority-data': 'Q0E=' } }],
      users: [{ user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } }],
    })
    expect(config['current-context']).toBe((config['contexts'] as { name: string }[])[0]?.name)
  })
})

describe('renderKubeletConfig', () => {
  it('runs on cgroup v1, in its own root, without looking at disks', () => {
    expect(JSON.parse(renderKubeletConfig({ caFile: '/ca', cgroupRoot: '/csi-ts-e2e-1' }))).toMatchObject({
      kind: 'KubeletConfiguration',
      failCgroupV1: false,
      cgroupDriver: 'cgroupfs',
      cgroupRoot: '/csi-ts-e2e-1',
      localStorageCapacityIsolation: false,
      authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/ca' } },
    })
  })
})

describe('renderContainerdConfig', () => {
  it('works without CAP_SYS_RESOURCE and pulls no sandbox', () => {
    const lines = renderContainerdConfig({ sandboxImage: 'registry.k8s.io/pause:3.10.1' })
      .split('\n')
      .map((line) => line.trim())
    expect(lines).toContain('restrict_oom_score_adj = true')
    expect(lines).toContain('sandbox_image = "registry.k8s.io/pause:3.10.1"')
    expect(lines).toContain('bin_dir = "/usr/lib/cni"')
  })
})

describe('the network', () => {
  it('gives pods addresses and the way to the node', () => {
    expect(JSON.parse(renderCniConfig())).toMatchObject({
      plugins: [{ type: 'bridge', isGateway: true, ipam: { type: 'host-local', routes: [{ dst: '0.0.0.0/0' }] } }],
    })
  })

  it('knows its node by name', () => {
    expect(renderHosts('node1')).toBe('127.0.0.1 localhost\n10.77.0.1 node1\n')
  })
})

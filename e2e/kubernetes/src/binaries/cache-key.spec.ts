import { describe, expect, it } from 'vitest'
import { cacheKey, requiredVersion } from './cache-key.ts'

const inputs = {
  folder: 'etcd',
  version: 'v3.6.16',
  goVersion: 'go1.26.8',
  arch: 'amd64',
  moduleFiles: ['module x', 'sum'],
}

describe('cacheKey', () => {
  it('names the group, both versions and the architecture', () => {
    expect(cacheKey(inputs)).toMatch(/^etcd-v3\.6\.16-go1\.26\.8-amd64-[0-9a-f]{12}$/)
  })

  it.each([
    { what: 'the version', change: { version: 'v3.6.15' } },
    { what: 'the Go version', change: { goVersion: 'go1.27.0' } },
    { what: 'the architecture', change: { arch: 'arm64' } },
    { what: 'go.mod', change: { moduleFiles: ['module y', 'sum'] } },
    { what: 'go.sum', change: { moduleFiles: ['module x', 'other'] } },
    { what: 'the border between the files', change: { moduleFiles: ['module xs', 'um'] } },
  ])('changes with $what', ({ change }) => {
    expect(cacheKey({ ...inputs, ...change })).not.toBe(cacheKey(inputs))
  })
})

describe('requiredVersion', () => {
  it.each([
    { where: 'a block', text: 'require (\n\tk8s.io/api v0.36.3 // indirect\n\tk8s.io/kubernetes v1.36.3\n)\n' },
    { where: 'a line of its own', text: 'module x\n\nrequire k8s.io/kubernetes v1.36.3\n' },
    { where: 'a block, as indirect', text: 'require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)\n' },
  ])('finds the version in $where', ({ text }) => {
    expect(requiredVersion(text, 'k8s.io/kubernetes')).toBe('v1.36.3')
  })

  it('does not take a replacement or a tool line for a requirement', () => {
    const text = 'tool k8s.io/kubernetes/cmd/kubelet\nreplace k8s.io/kubernetes => k8s.io/kubernetes v1.0.0\n'
    expect(() => requiredVersion(text, 'k8s.io/kubernetes')).toThrow('go.mod does not require k8s.io/kubernetes')
  })
})

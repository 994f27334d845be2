import { describe, expect, it } from 'vitest'
import { planMounts } from './mount-plan.ts'

const steps = planMounts('/var/lib/ci/repository')
const mounts = steps.flatMap((step) => (step.kind === 'mount' ? [step.args] : []))
const targets = mounts.map((args) => args.at(-1))

describe('planMounts', () => {
  it('covers every folder that a node writes to', () => {
    for (const folder of ['/run', '/var/lib/kubelet', '/var/lib/containerd', '/var/lib/cni', '/var/log/pods', '/etc']) {
      expect(targets).toContain(folder)
    }
  })

  it('shares mounts last, so that volumes below kubelet are seen once', () => {
    expect(mounts.at(-1)).toEqual(['--make-rshared', '/'])
  })

  it('creates nothing on the machine: every folder is on a file system of the namespace by then', () => {
    const uncovered = steps.filter((folder, index) => {
      if (folder.kind !== 'folder') return false
      const before = steps.slice(0, index).flatMap((step) => (step.kind === 'mount' ? [step.args.at(-1)] : []))
      return !before.some((covered) => folder.path.startsWith(`${covered}/`))
    })
    expect(uncovered).toEqual([])
  })

  it('keeps the real repository, also below a folder that is covered', () => {
    const aside = mounts.findIndex((args) => args.at(-2) === '/var/lib/ci/repository')
    const back = mounts.findIndex((args) => args.at(-1) === '/var/lib/ci/repository')
    const overlay = targets.indexOf('/var/lib')
    expect(mounts[aside]).toEqual(['--rbind', '/var/lib/ci/repository', expect.stringMatching('^/run/')])
    expect(mounts[back]).toEqual(['--rbind', mounts[aside]?.at(-1), '/var/lib/ci/repository'])
    expect([aside < overlay, overlay < back]).toEqual([true, true])
  })
})

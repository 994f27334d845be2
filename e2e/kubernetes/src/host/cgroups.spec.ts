import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cgroupHierarchies, createCgroupRoot, listCgroupRoots, removeCgroupRoot } from './cgroups.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cgroups-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('cgroupHierarchies', () => {
  it('finds the mount points of both versions, each once', () => {
    const mountInfo = [
      '30 20 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
      '31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu',
      '32 30 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
      '33 30 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
      '',
    ].join('\n')
    expect(cgroupHierarchies(mountInfo)).toEqual(['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/unified'])
  })
})

describe('a cgroup root', () => {
  it('takes processors and memory nodes from its parent where there are any', async () => {
    const [cpu, cpuset] = [join(folder, 'cpu'), join(folder, 'cpuset')]
    await mkdir(cpu)
    await mkdir(cpuset)
    await writeFile(join(cpuset, 'cpuset.cpus'), '0-1\n')
    await writeFile(join(cpuset, 'cpuset.mems'), '0\n')
    await createCgroupRoot([cpu, cpuset], 'csi-ts-e2e-1')
    expect(await readFile(join(cpuset, 'csi-ts-e2e-1/cpuset.cpus'), 'utf8')).toBe('0-1\n')
    expect(await readFile(join(cpuset, 'csi-ts-e2e-1/cpuset.mems'), 'utf8')).toBe('0\n')
    expect(await readdir(join(cpu, 'csi-ts-e2e-1'))).toEqual([])
  })

  it('is listed once, and nothing else is', async () => {
    for (const path of ['cpu/csi-ts-e2e-1', 'cpu/docker', 'pids/csi-ts-e2e-1', 'pids/csi-ts-e2e-2']) {
      await mkdir(join(folder, path), { recursive: true })
    }
    expect(await listCgroupRoots([join(folder, 'cpu'), join(folder, 'pids')])).toEqual(['csi-ts-e2e-1', 'csi-ts-e2e-2'])
  })

  it('is removed with all below it; the neighbours stay', async () => {
    await mkdir(join(folder, 'csi-ts-e2e-1/kubepods/besteffort/pod1'), { recursive: true })
    await mkdir(join(folder, 'csi-ts-e2e-2'))
    expect(await removeCgroupRoot([folder], 'csi-ts-e2e-1')).toEqual([])
    expect(await readdir(folder)).toEqual(['csi-ts-e2e-2'])
  })

  it('that is in use is named; one that is not there is fine', async () => {
    await mkdir(join(folder, 'csi-ts-e2e-1/kubepods'), { recursive: true })
    // A file stands for the process that keeps a real cgroup from being removed.
    await writeFile(join(folder, 'csi-ts-e2e-1/kubepods/busy'), '')
    expect(await removeCgroupRoot([folder, join(folder, 'absent')], 'csi-ts-e2e-1')).toEqual([
      join(folder, 'csi-ts-e2e-1/kubepods'),
      join(folder, 'csi-ts-e2e-1'),
    ])
  })
})

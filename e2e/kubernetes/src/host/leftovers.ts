import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubeletFolder, scratchFolder } from '../cluster/layout.ts'
import { listCgroupRoots } from './cgroups.ts'
import { livePidNamespaces } from './pid-namespaces.ts'
import { cgroupRootFor, hostHierarchies } from './sweep.ts'

/** What is still there of a cluster that has ended, as `kind: thing`; empty when all is well. */
export async function leftBehind(pidNamespace: string): Promise<string[]> {
  const live = await livePidNamespaces()
  const process = live.get(pidNamespace)
  const cgroups = (await listCgroupRoots(await hostHierarchies())).filter(
    (name) => name === cgroupRootFor(pidNamespace),
  )
  const mounts = clusterMounts(await readFile('/proc/self/mountinfo', 'utf8'))
  return [
    ...(process === undefined ? [] : [`process: ${process}`]),
    ...cgroups.map((name) => `cgroup: ${name}`),
    ...mounts.map((mountPoint) => `mount: ${mountPoint}`),
    ...(await loopDevices()).map((device) => `loop device: ${device}`),
  ]
}

/** Mount points, from the text of `/proc/self/mountinfo`, that only a cluster makes: none may be outside its namespace. */
export function clusterMounts(mountInfo: string): string[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [mount = '', fileSystem = ''] = line.split(' - ')
    const mountPoint = mount.split(' ')[4] ?? ''
    const source = fileSystem.split(' ')[1] ?? ''
    return source.startsWith('csi-ts') || isBelow(mountPoint, scratchFolder) ? [mountPoint] : []
  })
}

/** Loop devices are not namespaced: one whose file lies in a cluster's folders outlives the cluster. */
async function loopDevices(): Promise<string[]> {
  const names = (await readdir('/sys/block').catch(() => [])).filter((name) => name.startsWith('loop'))
  const devices = await Promise.all(
    names.map(async (name) => {
      const file = await readFile(join('/sys/block', name, 'loop/backing_file'), 'utf8').catch(() => '')
      return isBelow(file.trim(), scratchFolder) || isBelow(file.trim(), kubeletFolder)
        ? [`/dev/${name} on ${file.trim()}`]
        : []
    }),
  )
  return devices.flat()
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

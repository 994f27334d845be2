import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Every cluster's cgroup root starts with this: what is found under the name belongs to a run, alive or dead. */
export const cgroupPrefix = 'csi-ts-e2e-'

/** Mount points of the cgroup hierarchies (v1: one per controller; v2: one), from the text of `/proc/self/mountinfo`. */
export function cgroupHierarchies(mountInfo: string): string[] {
  const found = new Set<string>()
  for (const line of mountInfo.split('\n')) {
    const [mount = '', fileSystem = ''] = line.split(' - ')
    const type = fileSystem.split(' ')[0]
    const mountPoint = mount.split(' ')[4]
    if (mountPoint !== undefined && (type === 'cgroup' || type === 'cgroup2')) found.add(mountPoint)
  }
  return [...found]
}

/**
 * Creates a cluster's own cgroup root in every hierarchy. cgroups are not namespaced here: two kubelets with one root
 * would kill each other's pods as orphans. A v1 cpuset without processors and memory nodes takes no process, so these are
 * copied from its parent.
 */
export async function createCgroupRoot(hierarchies: readonly string[], name: string): Promise<void> {
  for (const hierarchy of hierarchies) {
    const folder = join(hierarchy, name)
    await mkdir(folder, { recursive: true })
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const inherited = await readFile(join(hierarchy, file), 'utf8').catch(() => '')
      if (inherited.trim() !== '') await writeFile(join(folder, file), inherited)
    }
  }
}

/** Names of the cgroup roots of runs, from every hierarchy. */
export async function listCgroupRoots(hierarchies: readonly string[]): Promise<string[]> {
  const names = new Set<string>()
  for (const hierarchy of hierarchies) {
    for (const name of await readdir(hierarchy)) if (name.startsWith(cgroupPrefix)) names.add(name)
  }
  return [...names]
}

/**
 * Removes a cgroup root and everything below it.
 *
 * @returns the folders that could not be removed, because a process is still in them.
 */
export async function removeCgroupRoot(hierarchies: readonly string[], name: string): Promise<string[]> {
  const left: string[] = []
  for (const hierarchy of hierarchies) await removeTree(join(hierarchy, name), left)
  return left
}

async function removeTree(folder: string, left: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name), left)
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') left.push(folder)
  })
}

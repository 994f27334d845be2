import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { cgroupHierarchies, cgroupPrefix, listCgroupRoots, removeCgroupRoot } from './cgroups.ts'
import { livePidNamespaces } from './pid-namespaces.ts'

/** Name of the cgroup root of the cluster whose processes are in this pid namespace. */
export function cgroupRootFor(pidNamespace: string): string {
  return `${cgroupPrefix}${pidNamespace}`
}

/**
 * The cgroup roots to remove: those of namespaces that have no process any more. A cluster that is running, of this or
 * of another runner, keeps its own. Namespace numbers are used again by the kernel; a dead root whose number is in use
 * is left until that namespace has ended too.
 */
export function planSweep(cgroupRoots: readonly string[], live: ReadonlySet<string>): string[] {
  return cgroupRoots.filter((name) => !live.has(name.slice(cgroupPrefix.length)))
}

/**
 * Removes what dead clusters left behind. Processes, mounts, addresses and files of a cluster end with its namespaces;
 * cgroups are the one thing that is not namespaced.
 *
 * @returns the names of the cgroup roots that were removed.
 */
export async function sweep(): Promise<string[]> {
  const hierarchies = await hostHierarchies()
  const dead = planSweep(await listCgroupRoots(hierarchies), new Set((await livePidNamespaces()).keys()))
  for (const name of dead) await removeWhenEmpty(hierarchies, name)
  return dead
}

/** Mount points of this machine's cgroup hierarchies. */
export async function hostHierarchies(): Promise<string[]> {
  return cgroupHierarchies(await readFile('/proc/self/mountinfo', 'utf8'))
}

const removeTimeoutMs = 10_000

/**
 * Removes a cgroup root whose processes have been killed; the kernel takes a moment to take them out.
 *
 * @throws Error when something is still in it after ten seconds.
 */
export async function removeWhenEmpty(hierarchies: readonly string[], name: string): Promise<void> {
  const deadline = performance.now() + removeTimeoutMs
  for (;;) {
    const left = await removeCgroupRoot(hierarchies, name)
    if (left.length === 0) return
    if (performance.now() > deadline) throw new Error(`cannot remove ${left.join(', ')}: a process is still there`)
    await delay(20)
  }
}

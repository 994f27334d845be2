import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Number of a pid namespace, from the target of a `/proc/<pid>/ns/pid` link such as `pid:[4026532456]`. */
export function parseNamespaceLink(link: string): string | undefined {
  return /^pid:\[(\d+)\]$/.exec(link)?.[1]
}

/** Number of the pid namespace of this process. */
export async function ownPidNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid')
  const number = parseNamespaceLink(link)
  if (number === undefined) throw new Error(`/proc/self/ns/pid is not a pid namespace: ${link}`)
  return number
}

/**
 * Numbers of the pid namespaces that have a process, seen from the namespace of `/proc`; each with the lowest process
 * id in it, which is its first process.
 */
export async function livePidNamespaces(proc = '/proc'): Promise<Map<string, number>> {
  const live = new Map<string, number>()
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name)).map(Number)
  for (const pid of pids.toSorted((a, b) => a - b)) {
    const link = await readlink(join(proc, `${pid}`, 'ns/pid')).catch(() => '') // it may have ended meanwhile
    const number = parseNamespaceLink(link)
    if (number !== undefined && !live.has(number)) live.set(number, pid)
  }
  return live
}

/**
 * Waits until a pid namespace has no process any more: the kernel ends them all with the first one, but not at once.
 *
 * @returns false when there is still one after `timeoutMs`.
 */
export async function namespaceEnded(pidNamespace: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while ((await livePidNamespaces()).has(pidNamespace)) {
    if (performance.now() > deadline) return false
    await delay(50)
  }
  return true
}

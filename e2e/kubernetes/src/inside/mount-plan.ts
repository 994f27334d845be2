import { join } from 'node:path'
import { kubeletFolder, scratchFolder } from '../cluster/layout.ts'

/** One step of preparing the namespace's file system, in order. */
export type MountStep =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'mount'; readonly args: readonly string[] }

/**
 * Host folders below which the cluster creates something. An overlay catches the writes, so that not even an empty
 * folder is left on the machine.
 */
const caught = ['/etc', '/var/lib', '/var/log']

/** Folders that the cluster fills: memory of the namespace, whatever they hold dies with it. */
const filled = [kubeletFolder, '/var/lib/containerd', '/var/lib/cni', '/var/log/pods', '/var/log/containers']

/**
 * What to mount. Everything is mounted while propagation is still private and becomes shared last: only so is
 * kubelet's folder a peer group of its own, and a volume mounted below it appears once. Sharing is what Bidirectional
 * mounts of driver pods need.
 *
 * @param repository the repository's folder: it stays the real one, also where it lies below an overlay, so that logs
 * outlive the namespace.
 */
export function planMounts(repository: string): MountStep[] {
  return [
    { kind: 'mount', args: ['-t', 'tmpfs', '-o', 'mode=755', 'csi-ts-run', '/run'] },
    { kind: 'folder', path: join(scratchFolder, 'tmp') },
    ...keep(repository, caught.flatMap(overlay)),
    ...filled.flatMap((path): MountStep[] => [
      { kind: 'folder', path },
      { kind: 'mount', args: ['-t', 'tmpfs', '-o', 'mode=755', 'csi-ts', path] },
    ]),
    { kind: 'mount', args: ['--make-rshared', '/'] },
  ]
}

function overlay(lower: string): MountStep[] {
  const folder = join(scratchFolder, 'overlays', lower.slice(1).replaceAll('/', '-'))
  const [upper, work] = [join(folder, 'upper'), join(folder, 'work')]
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  return [
    { kind: 'folder', path: upper },
    { kind: 'folder', path: work },
    { kind: 'mount', args: ['-t', 'overlay', '-o', layers, 'csi-ts', lower] },
  ]
}

/** Puts the real folder back where one of the steps would cover it. */
function keep(folder: string, steps: readonly MountStep[]): MountStep[] {
  const aside = join(scratchFolder, 'kept')
  return [
    { kind: 'folder', path: aside },
    { kind: 'mount', args: ['--rbind', folder, aside] },
    ...steps,
    { kind: 'mount', args: ['--rbind', aside, folder] },
  ]
}

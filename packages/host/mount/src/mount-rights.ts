import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@csi-ts/telemetry'
import { ensureBindMount } from './bind-mount.ts'
import { LinuxMounter } from './linux-mounter.ts'
import type { Mounter } from './mounter.ts'
import { ensureUnmounted } from './unmount.ts'

/** Whether this process may mount, and if not, why. */
export type MountRights = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

/**
 * Finds out by bind-mounting an empty temporary directory onto itself: capabilities, namespaces, seccomp and security
 * modules all have a say, and only the attempt asks them all. Leaves nothing behind.
 */
export async function canMount(mounter: Mounter = new LinuxMounter()): Promise<MountRights> {
  const ctx = { signal: new AbortController().signal, log: silentLogger }
  const directory = await mkdtemp(join(tmpdir(), 'can-mount-'))
  try {
    await ensureBindMount(mounter, { source: directory, target: directory, readonly: false }, ctx)
    await ensureUnmounted(mounter, directory, ctx)
    return { allowed: true }
  } catch (error) {
    return { allowed: false, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    await rmdir(directory)
  }
}

/** What {@link reexecInUserNamespace} runs. */
export interface ReexecRequest {
  /** Program and arguments, e.g. `[process.execPath, ...process.execArgv, ...process.argv.slice(1)]`. */
  readonly argv: readonly string[]
  /** Environment of this process; the child's has `inUserNamespaceVariable` besides. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the child with SIGTERM. */
  readonly signal?: AbortSignal
}

/** Set in the environment of a process that was started by {@link reexecInUserNamespace}. */
export const inUserNamespaceVariable = 'IN_MOUNT_USER_NAMESPACE'

/** The system allows no user namespace, or this already is one and still may not mount. */
export class NoMountRightsError extends Error {
  override readonly name = 'NoMountRightsError'
}

/**
 * Runs a program as root of a user and mount namespace of its own, where it may bind-mount; its mounts are invisible
 * outside and end with it. Input and output are this process's.
 *
 * @returns the child's exit code; 128 and the signal's number when a signal ended it.
 * @throws NoMountRightsError in one line, when namespaces are forbidden too or this process was started that way.
 */
export async function reexecInUserNamespace({ argv, env, signal }: ReexecRequest): Promise<number> {
  if (env[inUserNamespaceVariable] !== undefined) {
    throw new NoMountRightsError('mounting is forbidden here, in a user namespace of its own as well')
  }
  const namespaces = ['--user', '--map-root-user', '--mount', '--propagation', 'private']
  signal?.throwIfAborted()
  // Asked first, so that a refusal is told from a failing program.
  const probe = await runInherited('unshare', [...namespaces, '--', 'true'], env, 'ignore', signal)
  signal?.throwIfAborted()
  if (probe !== 0) {
    throw new NoMountRightsError(
      'mounting is forbidden here, and so are user namespaces: run as root with CAP_SYS_ADMIN, or allow unprivileged user namespaces',
    )
  }
  return runInherited(
    'unshare',
    [...namespaces, '--', ...argv],
    { ...env, [inUserNamespaceVariable]: '1' },
    'inherit',
    signal,
  )
}

async function runInherited(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  stdio: 'inherit' | 'ignore',
  signal: AbortSignal | undefined,
): Promise<number> {
  // `unshare` becomes the program by exec, so signals reach the program itself.
  const child = spawn(command, [...args], { stdio, env })
  const stop = (): void => void child.kill('SIGTERM')
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + (killedBy === 'SIGINT' ? 2 : killedBy === 'SIGKILL' ? 9 : 15)
  } catch {
    return 127 // no such program
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

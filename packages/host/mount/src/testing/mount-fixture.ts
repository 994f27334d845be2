import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import type { Mounter } from '../mounter.ts'
import { removeTreeBeneath } from '../remove-tree.ts'
import { ensureUnmounted } from '../unmount.ts'

/** A scratch folder for mounts. Disposing unmounts everything below it, then removes it. */
export interface MountFixture extends AsyncDisposable {
  readonly mounter: Mounter
  readonly ctx: WorkContext
  /** Absolute, free of symlinks. */
  readonly directory: string
  /** Makes a directory in the scratch folder and returns its path. */
  readonly directoryNamed: (name: string) => Promise<string>
}

/** A fixture with a directory to mount and one to mount it at. */
export interface BindFixture extends MountFixture {
  readonly source: string
  readonly target: string
}

/** Makes a fixture with two directories, `source` and `target`. */
export async function createBindFixture(mounter: Mounter): Promise<BindFixture> {
  const fixture = await createMountFixture(mounter)
  return { ...fixture, source: await fixture.directoryNamed('source'), target: await fixture.directoryNamed('target') }
}

/** Makes a scratch folder whose mounts, real or not, are all gone when it is disposed of. */
export async function createMountFixture(mounter: Mounter): Promise<MountFixture> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'mount-fixture-')))
  const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }
  return {
    mounter,
    ctx,
    directory,
    async directoryNamed(name) {
      const path = join(directory, name)
      await mkdir(path, { recursive: true })
      return path
    },
    async [Symbol.asyncDispose]() {
      const mounts = await mounter.table.beneath(directory)
      for (const { mountPoint } of mounts.toReversed()) await ensureUnmounted(mounter, mountPoint, ctx)
      // Refuses to go on while anything is still mounted inside.
      await removeTreeBeneath({ table: mounter.table }, tmpdir(), directory.slice(directory.lastIndexOf('/') + 1), ctx)
    },
  }
}

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binaryCache } from '@csi-ts/e2e-kubernetes/binaries'

const folder = join(import.meta.dirname, '../../go/external-provisioner')
const mainPackage = 'github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner'

/** A program of upstream's. */
export interface UpstreamBinary {
  readonly path: string
  /** Such as `v6.3.0`. */
  readonly version: string
}

/**
 * Upstream's external-provisioner, built from the Go module proxy when it is not there yet; a cold build takes some
 * minutes. Undefined when there is no Go.
 *
 * @throws Error with what the compiler says when the build fails.
 */
export async function upstreamProvisioner(progress: (text: string) => void): Promise<UpstreamBinary | undefined> {
  const [goMod, goSum] = await Promise.all(['go.mod', 'go.sum'].map((name) => readFile(join(folder, name), 'utf8')))
  const version = /external-provisioner\/v6 (v\S+)/.exec(goMod ?? '')?.[1] ?? 'unknown'
  const key = createHash('sha256').update(`${goMod}\0${goSum}`).digest('hex').slice(0, 12)
  const path = join(binaryCache, `external-provisioner-${version}-${process.arch}-${key}`, 'csi-provisioner')
  if (await exists(path)) return { path, version }
  progress(`building upstream's external-provisioner ${version}`)
  await mkdir(join(path, '..'), { recursive: true })
  try {
    const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', path, mainPackage]
    await promisify(execFile)('go', args, {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return { path, version }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

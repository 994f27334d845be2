import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runCommand } from '../host/run-command.ts'
import { containerdSocket } from './layout.ts'

/** An image that is made of one layer. */
export interface ImageSpec {
  /** Full references, e.g. `registry.k8s.io/pause:3.10.1`. */
  readonly tags: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
}

/** The sandbox of every pod. */
export const pauseImage = 'registry.k8s.io/pause:3.10.1'
/** The shell that test pods run, under the name that Kubernetes' own tests use. */
export const busyboxImage = 'registry.k8s.io/e2e-test-images/busybox:1.37.0-1'

/** What every node has, made from Debian's static busybox: no registry is asked. */
export const nodeImages: readonly ImageSpec[] = [
  {
    tags: ['registry.k8s.io/pause:3.8', pauseImage, 'registry.k8s.io/pause:3.10.2'],
    entrypoint: ['/bin/sleep', '2147483647'],
  },
  { tags: [busyboxImage, 'registry.k8s.io/e2e-test-images/busybox:1.36.1-1'], command: ['/bin/sh'] },
]

/** A file of a docker-archive, by its path in it. */
export interface ArchiveFile {
  readonly path: string
  readonly text: string
}

/** manifest.json and the image configurations of a docker-archive whose images share one layer. */
export function renderArchive(
  images: readonly ImageSpec[],
  layer: { path: string; sha256: string },
  arch: string,
): ArchiveFile[] {
  const configs = images.map((image) => {
    const text = JSON.stringify({
      architecture: arch,
      os: 'linux',
      config: {
        Env: ['PATH=/bin'],
        ...(image.entrypoint === undefined ? {} : { Entrypoint: image.entrypoint }),
        ...(image.command === undefined ? {} : { Cmd: image.command }),
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer.sha256}`] },
    })
    return { image, file: { path: `${sha256(text)}.json`, text } }
  })
  const manifest = configs.map(({ image, file }) => ({ Config: file.path, RepoTags: image.tags, Layers: [layer.path] }))
  return [...configs.map(({ file }) => file), { path: 'manifest.json', text: JSON.stringify(manifest) }]
}

/**
 * Makes the images from a static busybox and gives them to containerd.
 *
 * @param folder an empty scratch folder.
 */
export async function importNodeImages(busybox: string, folder: string, arch: string): Promise<void> {
  const archive = join(folder, 'archive')
  const root = join(folder, 'root')
  await mkdir(join(root, 'bin'), { recursive: true })
  await Promise.all(
    ['tmp', 'etc', 'proc', 'sys', 'dev', 'archive'].map((name) =>
      mkdir(join(name === 'archive' ? folder : root, name)),
    ),
  )
  await copyFile(busybox, join(root, 'bin/busybox'))
  const applets = (await runCommand(busybox, ['--list']))
    .trim()
    .split('\n')
    .map((applet) => basename(applet))
  await Promise.all(
    applets.filter((name) => name !== 'busybox').map((name) => symlink('busybox', join(root, 'bin', name))),
  )
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')

  const layer = join(archive, 'layer.tar')
  await createTar(layer, root)
  const files = renderArchive(nodeImages, { path: 'layer.tar', sha256: sha256(await readFile(layer)) }, arch)
  for (const file of files) await writeFile(join(archive, file.path), file.text)
  const image = join(folder, 'images.tar')
  await createTar(image, archive)
  await runCommand('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', 'import', image])
}

async function createTar(file: string, folder: string): Promise<void> {
  const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar']
  await runCommand('tar', [...reproducible, '-C', folder, '-cf', file, '.'])
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

import { spawn } from 'node:child_process'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import { isNotFound } from '@csi-ts/kube-client'
import { type EmbeddedApiServer, startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPackedProject, type PackedProject } from './packed-project.ts'

const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }
let cluster: EmbeddedApiServer
let project: PackedProject
let kubeconfig: string

beforeAll(async () => {
  cluster = await startEmbeddedCluster()
  project = await createPackedProject(['@csi-ts/kube-client', '@csi-ts/kube-controller'])
  kubeconfig = join(project.folder, 'kubeconfig')
  await writeFile(kubeconfig, cluster.kubeconfig)

  await project.write('sample.ts', (await samplesOf('client')).get('sample.ts') ?? '')
  await project.write('follow.ts', follow)
  const controller = await samplesOf('controller')
  for (const name of ['expiry.ts', 'main.ts']) await project.write(name, controller.get(name) ?? '')
}, 120_000)

afterAll(async () => {
  await project[Symbol.asyncDispose]()
  await cluster.close()
})

/** A program around the client's sample. */
const follow = `
import { followVolumes } from './sample.ts'
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
await followVolumes(process.env['KUBECONFIG'] ?? '', stop.signal, console.log).catch((error: unknown) => {
  if (!stop.signal.aborted) throw error
})
`

/** The TypeScript blocks of a README: those that begin with a comment like `// main.ts` by that name, the first other as `sample.ts`. */
async function samplesOf(name: string): Promise<ReadonlyMap<string, string>> {
  const readme = await readFile(new URL(`../../../packages/kube/${name}/README.md`, import.meta.url), 'utf8')
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text)
  return new Map(
    blocks.toReversed().map((text) => [/^\/\/ ([-.\w]+\.ts)\n/.exec(text)?.[1] ?? 'sample.ts', text] as const),
  )
}

/** Runs a compiled program of the project, and ends it with SIGTERM. */
function start(program: string): { readonly lines: readonly string[]; end(): Promise<number | null> } {
  const child = spawn(process.execPath, [join(project.folder, 'out', program)], {
    env: { KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)))
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    lines,
    end(): Promise<number | null> {
      child.kill('SIGTERM')
      return ended
    },
  }
}

describe('@csi-ts/kube-client and @csi-ts/kube-controller, packed and installed elsewhere', () => {
  it('bring what they need of this repository, and neither the official client nor anything of CSI', async () => {
    expect(project.installed.toSorted()).toEqual([
      '@csi-ts/concurrency',
      '@csi-ts/kube-api',
      '@csi-ts/kube-client',
      '@csi-ts/kube-controller',
      '@csi-ts/telemetry',
    ])
    for (const absent of ['@kubernetes', '@grpc', '@csi-ts/csi-proto', '@peculiar']) {
      await expect(access(join(project.folder, 'node_modules', absent))).rejects.toThrow('ENOENT')
    }
  })

  it('compile with the samples of their READMEs, all declarations checked', { timeout: 60_000 }, async () => {
    expect(await project.compile()).toBe('')
  })

  it('run the sample of the client', async () => {
    const volumes = cluster.client().resource(resources.persistentVolumes)
    const create = (name: string): Promise<unknown> => {
      const csi = { driver: 'd', volumeHandle: name }
      const spec = { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], csi }
      return volumes.create({ metadata: { name }, spec }, ctx)
    }
    await create('before')
    const program = start('follow.js')
    await expect.poll(() => program.lines, { timeout: 10_000 }).toEqual(['no such claim', 'there is before, 5Gi'])
    await create('after')
    await expect.poll(() => program.lines.at(-1)).toBe('ADDED after')
    expect(await program.end()).toBe(0)
  })

  it('run the controller of 30 lines', async () => {
    const maps = cluster.client().resource(resources.configMaps)
    const ref = { namespace: 'default', name: 'old' }
    const annotations = { 'example.com/expires': new Date(Date.now() + 100).toISOString() }
    await maps.create({ metadata: { ...ref, annotations } }, ctx)
    const program = start('main.js')
    await expect.poll(() => maps.get(ref, ctx).catch(isNotFound), { timeout: 10_000 }).toBe(true)
    expect(await program.end()).toBe(0)
    expect(program.lines.join('\n')).toContain('deleted expired config map')
  })
})

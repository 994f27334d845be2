import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterConfig } from './cluster-config.ts'
import { createKubeClient } from './kube-client.ts'
import { createAuthority } from './testing/certificates.ts'
import { type HttpsServerOptions, startHttpsServer } from './testing/https-server.ts'

const authority = await createAuthority('test')
const ctx: WorkContext = { signal: new AbortController().signal, log: silentLogger }
const undo: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function setup(handler: HttpsServerOptions['handler'], config: Partial<ClusterConfig> = {}) {
  const identity = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
  const server = await startHttpsServer({ identity, handler })
  undo.push(() => server.close())
  const client = createKubeClient({
    config: { server: server.url, ca: { data: authority.ca }, ...config },
    userAgent: 'spec/1',
  })
  undo.push(() => client.close())
  return { url: server.url, nodes: client.resource(resources.nodes) }
}

const node = '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"}}'
const page = '<html><body>hush: please sign in</body></html>'

describe('a server that speaks HTML', () => {
  it.each([200, 302, 401, 403, 500, 502])('with %i is one line, on lists and watches too', async (status) => {
    const { url, nodes } = await setup((_request, response) =>
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page),
    )
    const line = (path: string): string =>
      `${url} answered ${path} with ${status} and text/html, not as a Kubernetes API server does: check the server address and what stands in front of it`
    await expect(nodes.get({ name: 'n' }, ctx)).rejects.toMatchObject({ message: line('/api/v1/nodes/n') })
    await expect(nodes.listAll({}, ctx)).rejects.toMatchObject({ message: line('/api/v1/nodes') })
    const watched = nodes.watch({ resourceVersion: '1' }, ctx)[Symbol.asyncIterator]().next()
    const noEvent = `${url} sent something that is no watch event for /api/v1/nodes: check the server address and what stands in front of it`
    await expect(watched).rejects.toMatchObject({ message: status === 200 ? noEvent : line('/api/v1/nodes') })
  })

  it('with 404 is one line that says what may be missing', async () => {
    const { url, nodes } = await setup((_request, response) => response.writeHead(404).end(page))
    await expect(nodes.get({ name: 'n' }, ctx)).rejects.toMatchObject({
      message: `the server could not find the requested resource (get /api/v1/nodes/n): check that ${url} serves it in this version, or that its CRD is installed`,
    })
  })

  it('and says when to come back is asked again', async () => {
    let requests = 0
    const { nodes } = await setup((_request, response) => {
      requests += 1
      if (requests === 1) response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '0' }).end(page)
      else response.end(node)
    })
    expect(await nodes.get({ name: 'n' }, ctx)).toMatchObject({ kind: 'Node' })
  })
})

describe('files of credentials', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'kube-client-'))
    undo.push(() => rm(path, { recursive: true }))
    return path
  }

  it('that are not there yet, or hold the wrong thing, are one line; and used as soon as they are right', async () => {
    const directory = await folder()
    const token = join(directory, 'token')
    const ca = join(directory, 'ca.crt')
    const { url, nodes } = await setup(
      (request, response) =>
        response
          .writeHead(request.headers.authorization === 'Bearer right' ? 200 : 401)
          .end(
            request.headers.authorization === 'Bearer right'
              ? node
              : '{"kind":"Status","reason":"Unauthorized","message":"Unauthorized","code":401}',
          ),
      { ca: { file: ca }, token: { file: token } },
    )
    const failure = (): Promise<string> => nodes.get({ name: 'n' }, ctx).then(String, (error: Error) => error.message)
    expect(await failure()).toBe(`no credentials for ${url}: cannot read the token file ${token}: it does not exist`)
    await writeFile(token, '\n')
    expect(await failure()).toBe(`no credentials for ${url}: cannot read the token file ${token}: the file is empty`)
    await writeFile(token, 'wrong')
    expect(await failure()).toBe(
      `no credentials for ${url}: cannot read the CA certificate file ${ca}: it does not exist`,
    )
    await writeFile(ca, 'nothing')
    expect(await failure()).toBe(`${url}: the CA certificate ${ca} cannot be used: there is no PEM certificate in it`)
    await writeFile(ca, authority.ca)
    // What has been read is looked at again after a second.
    await expect.poll(failure, { timeout: 5_000 }).toBe('Unauthorized')
    await writeFile(token, 'right')
    expect(await nodes.get({ name: 'n' }, ctx)).toMatchObject({ kind: 'Node' })
  })
})

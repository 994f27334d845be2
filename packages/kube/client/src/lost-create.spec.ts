import { type ConfigMap, resources } from '@csi-ts/kube-api'
import { afterEach, describe, expect, it } from 'vitest'
import type { NewObject } from './client.ts'
import { ConnectionError } from './connection-error.ts'
import { createKubeClient } from './kube-client.ts'
import { createAuthority } from './testing/certificates.ts'
import { setupClient } from './testing/client-setup.ts'
import { statusAnswer } from './testing/fake-transport.ts'
import { startHttpsServer } from './testing/https-server.ts'

const collection = '/api/v1/namespaces/n/configmaps'
const sent: NewObject<ConfigMap> = {
  metadata: { name: 'm', namespace: 'n', labels: { a: '1' } },
  data: { size: '1024Mi' },
}
const stored: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'm',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '3',
    labels: { a: '1', b: '2' },
    finalizers: ['f'],
  },
  data: { size: '1Gi' },
}
const lost = (): ConnectionError => new ConnectionError('lost', 'cut', { maybeDelivered: true })

function setup(now: ConfigMap | undefined, answer: 'lost' | 'answered' = 'lost') {
  const parts = setupClient()
  const { transport } = parts
  if (answer === 'lost') transport.on('POST', collection, lost(), { times: 1 })
  transport
    .on('POST', collection, ({ body }) =>
      now === undefined ? { status: 201, json: body } : statusAnswer(409, 'AlreadyExists', 'there is one'),
    )
    .on('GET', `${collection}/m`, { json: now ?? stored })
  return { ...parts, maps: parts.client.resource(resources.configMaps) }
}

describe('a create whose answer was lost', () => {
  it('returns what the lost attempt has stored', async () => {
    const { maps, ctx } = setup(stored)
    expect(await maps.create(sent, ctx)).toEqual(stored)
  })

  it('is sent again when the lost attempt stored nothing', async () => {
    const { maps, transport, ctx } = setup(undefined)
    expect(await maps.create(sent, ctx)).toMatchObject({ metadata: { name: 'm' } })
    expect(transport.requests.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it.each([
    { why: 'other content', now: { ...stored, data: { size: '2Gi' } } },
    { why: 'a label less', now: { ...stored, metadata: { name: 'm', namespace: 'n', labels: { b: '2' } } } },
  ])("does not take somebody else's object with $why for its own", async ({ now }) => {
    const { maps, ctx } = setup(now)
    await expect(maps.create(sent, ctx)).rejects.toMatchObject({ reason: 'AlreadyExists', message: 'there is one' })
  })

  it('does not look at the object when no attempt was lost', async () => {
    const { maps, transport, ctx } = setup(stored, 'answered')
    await expect(maps.create(sent, ctx)).rejects.toMatchObject({ reason: 'AlreadyExists' })
    expect(transport.requests.map(({ method }) => method)).toEqual(['POST'])
  })

  it.each([
    { why: 'the server chooses the name', object: { metadata: { generateName: 'm-', namespace: 'n' } }, options: {} },
    { why: 'nothing is stored anyway', object: sent, options: { dryRun: true } },
  ])('fails when $why', async ({ object, options }) => {
    const { maps, transport, ctx } = setup(undefined)
    await expect(maps.create(object, ctx, options)).rejects.toMatchObject({ failure: 'lost' })
    expect(transport.requests).toHaveLength(1)
  })
})

describe('over real connections', () => {
  const undo: (() => void | Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  })

  it('a server that stores the object and then breaks the connection has created it once', async () => {
    const authority = await createAuthority('test')
    const objects: ConfigMap[] = []
    const server = await startHttpsServer({
      identity: await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] }),
      handler(request, response) {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          if (request.method === 'GET') return response.end(JSON.stringify(objects[0]))
          if (objects.length > 0)
            return response.writeHead(409).end('{"kind":"Status","reason":"AlreadyExists","code":409}')
          objects.push(JSON.parse(Buffer.concat(chunks).toString()) as ConfigMap)
          return request.socket.destroy()
        })
      },
    })
    undo.push(() => server.close())
    const client = createKubeClient({ config: { server: server.url, ca: { data: authority.ca } }, userAgent: 'spec/1' })
    undo.push(() => client.close())
    const created = await client.resource(resources.configMaps).create(sent, setupClient().ctx)
    expect(objects).toEqual([created])
  })
})

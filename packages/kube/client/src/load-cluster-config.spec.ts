import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { createKubeClient } from './kube-client.ts'
import { kubeconfigFiles } from './kubeconfig-files.ts'
import { loadClusterConfig } from './load-cluster-config.ts'
import { createAuthority } from './testing/certificates.ts'
import { setupClient } from './testing/client-setup.ts'
import { startHttpsServer } from './testing/https-server.ts'

let directory: string
const undo: (() => void | Promise<void>)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-client-'))
})
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
  await rm(directory, { recursive: true })
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function document(o: { cluster?: object; user?: object; context?: object }): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'ctx',
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u', ...o.context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://c:6443', ...o.cluster } }],
    users: [{ name: 'u', user: o.user ?? {} }],
  }
}

async function load(content: object | string, master?: string) {
  const path = join(directory, 'config')
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return loadClusterConfig({ kubeconfig: path, master, env: {} })
}

describe('a kubeconfig file', () => {
  it('with certificates inside', async () => {
    const config = document({
      cluster: { 'certificate-authority-data': base64('CA') },
      user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      context: { namespace: 'n' },
    })
    expect(await load(config)).toEqual({
      server: 'https://c:6443',
      ca: { data: 'CA' },
      clientCert: { data: 'CERT' },
      clientKey: { data: 'KEY' },
      namespace: 'n',
    })
  })

  it('with paths, which are relative to it', async () => {
    const config = document({
      cluster: { 'certificate-authority': 'ca.crt', 'tls-server-name': 'api', 'proxy-url': 'http://p:1' },
      user: {
        'client-certificate': '/abs/tls.crt',
        'client-key': '../tls.key',
        tokenFile: 'token',
        token: 'the file wins',
      },
    })
    expect(await load(config)).toEqual({
      server: 'https://c:6443',
      ca: { file: join(directory, 'ca.crt') },
      tlsServerName: 'api',
      proxyUrl: 'http://p:1',
      clientCert: { file: '/abs/tls.crt' },
      clientKey: { file: join(directory, '../tls.key') },
      token: { file: join(directory, 'token') },
    })
  })

  it('with a token, a password or another identity; and no TLS checks', async () => {
    expect(await load(document({ cluster: { 'insecure-skip-tls-verify': true }, user: { token: 't' } }))).toEqual({
      server: 'https://c:6443',
      insecureSkipTlsVerify: true,
      token: { data: 't' },
    })
    expect(
      await load(document({ user: { username: 'me', password: 'pw', as: 'you', 'as-groups': ['g', 'h'] } })),
    ).toEqual({
      server: 'https://c:6443',
      basicAuth: { username: 'me', password: 'pw' },
      impersonate: { user: 'you', groups: ['g', 'h'] },
    })
  })

  it('in JSON, with another server', async () => {
    expect(await load(JSON.stringify(document({})), 'https://other')).toEqual({ server: 'https://other' })
  })

  it.each([
    { why: 'that is not YAML', content: 'a: [hush', says: 'not YAML (line 1)' },
    { why: 'that is a word', content: 'hush', says: 'not a kubeconfig: it is no map' },
    { why: 'that is empty', content: '', says: 'it has no current-context' },
    { why: 'without a current context', content: { contexts: [] }, says: 'it has no current-context' },
    {
      why: 'whose context is missing',
      content: { 'current-context': 'x' },
      says: 'there is no context "x" in contexts',
    },
    {
      why: 'whose context names no cluster',
      content: document({ context: { cluster: '' } }),
      says: 'context "ctx" names no cluster',
    },
    {
      why: 'whose cluster is missing',
      content: document({ context: { cluster: 'd' } }),
      says: 'there is no cluster "d" in clusters',
    },
    {
      why: 'whose cluster is empty',
      content: { ...document({}), clusters: [{ name: 'c', cluster: null }] },
      says: 'cluster "c" is empty',
    },
    {
      why: 'whose user is missing',
      content: document({ context: { user: 'v' } }),
      says: 'there is no user "v" in users',
    },
    { why: 'without a server', content: document({ cluster: { server: '' } }), says: 'cluster "c" has no server' },
    {
      why: 'with broken base64',
      content: document({ user: { 'client-key-data': 'hush!' } }),
      says: 'user "u": client-key-data is not base64',
    },
    {
      why: 'with a proxy of another kind',
      content: document({ cluster: { 'proxy-url': 'socks5://me:hush@p:1080' } }),
      says: 'cluster "c": proxy socks5://me:***@p:1080: socks5 proxies are not supported: want http://host:port',
    },
  ])('$why is refused in one line', async ({ content, says }) => {
    await expect(load(content)).rejects.toThrow(new Error(`kubeconfig ${directory}/config: ${says}`))
  })

  it('that is not there is named', async () => {
    await expect(loadClusterConfig({ kubeconfig: '/no/such', env: {} })).rejects.toThrow(
      'kubeconfig /no/such: the file does not exist',
    )
  })
})

describe('several kubeconfig files', () => {
  async function files(...contents: object[]): Promise<string[]> {
    const paths = contents.map((_content, i) => join(directory, `dir-${i}`, 'config'))
    for (const [i, path] of paths.entries()) {
      await mkdir(dirname(path))
      await writeFile(path, stringify(contents[i]))
    }
    return paths
  }
  const loadAll = (paths: string[], context?: string) => loadClusterConfig({ kubeconfig: paths, context, env: {} })

  it('are one: the first that has a value or an entry decides, whole, and paths start at its own file', async () => {
    const paths = await files(
      { users: [{ name: 'u', user: { 'client-key': 'mine.key' } }] },
      document({ cluster: { 'certificate-authority': 'ca.crt' }, user: { token: 'not this' } }),
      { ...document({ cluster: { server: 'https://third' } }), 'current-context': 'other' },
    )
    const expected = {
      server: 'https://c:6443',
      ca: { file: join(directory, 'dir-1', 'ca.crt') },
      clientKey: { file: join(directory, 'dir-0', 'mine.key') },
    }
    expect(await loadAll(paths)).toEqual(expected)
    expect(await loadAll(['/no/such', ...paths])).toEqual(expected)
  })

  it('may be asked for a context that is not the current one', async () => {
    const second = { contexts: [{ name: 'other', context: { cluster: 'c', namespace: 'n' } }] }
    expect(await loadAll(await files(document({}), second), 'other')).toEqual({
      server: 'https://c:6443',
      namespace: 'n',
    })
  })

  it('are named when they lack something, or the one at fault', async () => {
    const paths = await files(document({}), document({}))
    await expect(loadAll(paths, 'x')).rejects.toThrow(
      new Error(`kubeconfig ${paths[0]}, ${paths[1]}: there is no context "x" in contexts`),
    )
    await writeFile(String(paths[1]), 'a: [')
    await expect(loadAll(paths)).rejects.toThrow(new Error(`kubeconfig ${paths[1]}: not YAML (line 1)`))
    await expect(loadAll(['/no/a', '/no/b'])).rejects.toThrow(new Error('no kubeconfig: none of /no/a, /no/b exists'))
  })

  it('are those of KUBECONFIG, or the one in the home directory', () => {
    expect(kubeconfigFiles({ KUBECONFIG: '/a::/b:/a', HOME: '/home/me' })).toEqual(['/a', '/b'])
    expect(kubeconfigFiles({ HOME: '/home/me' })).toEqual(['/home/me/.kube/config'])
    expect(kubeconfigFiles({})).toEqual([])
  })
})

describe('the environment', () => {
  const env = { HTTPS_PROXY: 'http://env:3128', NO_PROXY: '.svc' }

  it('names the proxy, unless the kubeconfig does or the server is exempt', async () => {
    const path = join(directory, 'config')
    const proxyOf = async (cluster: object, master?: string) => {
      await writeFile(path, stringify(document({ cluster })))
      return (await loadClusterConfig({ kubeconfig: path, master, env })).proxyUrl
    }
    expect(await proxyOf({})).toBe('http://env:3128')
    expect(await proxyOf({ 'proxy-url': 'http://file:1' })).toBe('http://file:1')
    expect(await proxyOf({}, 'https://api.svc:6443')).toBeUndefined()
  })
})

describe('a pod', () => {
  it.each([
    { host: '10.96.0.1', server: 'https://10.96.0.1:443' },
    { host: 'fd00::1', server: 'https://[fd00::1]:443' },
  ])('finds its cluster at $host', async ({ host, server }) => {
    await writeFile(join(directory, 'namespace'), 'storage\n')
    const env = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: '443', KUBECONFIG: '/ignored' }
    expect(await loadClusterConfig({ env, serviceAccountDir: directory })).toEqual({
      server,
      ca: { file: join(directory, 'ca.crt') },
      token: { file: join(directory, 'token') },
      namespace: 'storage',
    })
  })

  it('is said not to be one', async () => {
    await expect(loadClusterConfig({ env: {} })).rejects.toThrow('no cluster is configured: not in a pod')
    expect(await loadClusterConfig({ env: {}, master: 'http://localhost:8001' })).toEqual({
      server: 'http://localhost:8001',
    })
  })
})

describe('a credential plugin', () => {
  it('is run by the official client, again after a 401', async () => {
    const authority = await createAuthority('test')
    const server = await startHttpsServer({
      identity: await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] }),
      handler: (request, response) => {
        const isFine = request.headers.authorization === 'Bearer token-2'
        response
          .writeHead(isFine ? 200 : 401)
          .end('{"kind":"Status","code":401,"reason":"Unauthorized","metadata":{"name":"n"}}')
      },
    })
    undo.push(() => server.close())
    const plugin = join(directory, 'plugin.mjs')
    const runs = join(directory, 'runs')
    await writeFile(
      plugin,
      `import { appendFileSync, readFileSync } from 'node:fs'
appendFileSync(${JSON.stringify(runs)}, '.')
const token = 'token-' + readFileSync(${JSON.stringify(runs)}, 'utf8').length
console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }))`,
    )
    // A command with a path in it starts from the kubeconfig.
    await symlink(process.execPath, join(directory, 'node'))
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './node',
      args: [plugin],
      interactiveMode: 'Never',
    }
    const config = await load(
      document({ cluster: { server: server.url, 'certificate-authority-data': base64(authority.ca) }, user: { exec } }),
    )
    const client = createKubeClient({ config, userAgent: 'spec/1' })
    undo.push(() => client.close())
    const { ctx } = setupClient()
    expect(await client.resource(resources.nodes).get({ name: 'n' }, ctx)).toMatchObject({ metadata: { name: 'n' } })
    await client.resource(resources.nodes).get({ name: 'n' }, ctx)
  })

  it('that cannot be run is one line', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such/plugin', interactiveMode: 'Never' }
    const client = createKubeClient({ config: await load(document({ user: { exec } })), userAgent: 'spec/1' })
    undo.push(() => client.close())
    const failed = client.resource(resources.nodes).get({ name: 'n' }, setupClient().ctx)
    await expect(failed).rejects.toMatchObject({
      failure: 'credentials',
      message: expect.stringMatching(/^no credentials for https:\/\/c:6443: [^\n]*\/no\/such\/plugin[^\n]*$/),
    })
  })
})

import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ClusterConfig, DataSource } from './cluster-config.ts'
import { pluginCredentials } from './plugin-credentials.ts'

/** Reads the current context of a kubeconfig file. Throws an Error of one line that names the file and the entry at fault. */
export async function readKubeconfig(path: string): Promise<ClusterConfig> {
  const fail = (why: string, cause?: unknown): never => {
    throw new Error(`kubeconfig ${path}: ${why}`, cause === undefined ? {} : { cause })
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    fail(error.code === 'ENOENT' ? 'the file does not exist' : error.message, error),
  )
  // Loaded on demand: a pod has a service account and never needs it.
  const { parseYaml } = await import('./parse-yaml.ts')
  let document: unknown
  try {
    document = parseYaml(text)
  } catch (error) {
    // The parser's message quotes the lines around the mistake, which may be a key.
    const { linePos } = error as { linePos?: readonly { line: number }[] }
    fail(`not YAML${linePos?.[0] === undefined ? '' : ` (line ${linePos[0].line})`}`)
  }
  return toClusterConfig(record(document) ?? fail('not a kubeconfig: it is no map'), path, fail)
}

type Entry = Readonly<Record<string, unknown>>
type Fail = (why: string) => never

function toClusterConfig(document: Entry, path: string, fail: Fail): ClusterConfig {
  const contextName = string(document['current-context']) ?? fail('it has no current-context')
  const context = named(document, 'contexts', contextName, 'context', fail)
  const clusterName = string(context['cluster']) ?? fail(`context "${contextName}" names no cluster`)
  const cluster = named(document, 'clusters', clusterName, 'cluster', fail)
  const userName = string(context['user'])
  const user = userName === undefined ? {} : named(document, 'users', userName, 'user', fail)
  const source = (entry: Entry, where: string, name: string): DataSource | undefined =>
    dataSource(entry, name, dirname(path), (why) => fail(`${where}: ${why}`))
  const inCluster = `cluster "${clusterName}"`
  const inUser = `user "${userName}"`
  return withoutUndefined({
    server: string(cluster['server']) ?? fail(`${inCluster} has no server`),
    ca: source(cluster, inCluster, 'certificate-authority'),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true ? true : undefined,
    tlsServerName: string(cluster['tls-server-name']),
    proxyUrl: string(cluster['proxy-url']),
    clientCert: source(user, inUser, 'client-certificate'),
    clientKey: source(user, inUser, 'client-key'),
    token: tokenOf(user, dirname(path)),
    basicAuth: basicAuthOf(user),
    credentials:
      user['exec'] === undefined && user['auth-provider'] === undefined ? undefined : pluginCredentials(path),
    impersonate: impersonationOf(user),
    namespace: string(context['namespace']),
  })
}

function named(document: Entry, list: string, name: string, key: string, fail: Fail): Entry {
  const entries = document[list]
  const found = Array.isArray(entries) ? entries.map(record).find((entry) => entry?.['name'] === name) : undefined
  if (found === undefined) return fail(`there is no ${key} "${name}" in ${list}`)
  return record(found[key]) ?? fail(`${key} "${name}" is empty`)
}

/** `name-data` holds base64 and wins over `name`, a path relative to the kubeconfig. */
function dataSource(entry: Entry, name: string, directory: string, fail: Fail): DataSource | undefined {
  const data = string(entry[`${name}-data`])
  if (data !== undefined) {
    if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(data)) fail(`${name}-data is not base64`)
    return { data: Buffer.from(data, 'base64').toString('utf8') }
  }
  const file = string(entry[name])
  return file === undefined ? undefined : { file: resolve(directory, file) }
}

/** The file wins, as in client-go: it can be renewed. */
function tokenOf(user: Entry, directory: string): DataSource | undefined {
  const file = string(user['tokenFile'])
  if (file !== undefined) return { file: resolve(directory, file) }
  const data = string(user['token'])
  return data === undefined ? undefined : { data }
}

function basicAuthOf(user: Entry): ClusterConfig['basicAuth'] {
  const username = string(user['username'])
  return username === undefined ? undefined : { username, password: string(user['password']) ?? '' }
}

function impersonationOf(user: Entry): ClusterConfig['impersonate'] {
  const as = string(user['as'])
  const groups = user['as-groups']
  if (as === undefined) return undefined
  return { user: as, ...(Array.isArray(groups) ? { groups: groups.map(String) } : {}) }
}

function record(value: unknown): Entry | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : undefined
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

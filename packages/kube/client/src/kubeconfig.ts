import { Buffer } from 'node:buffer'
import { isAbsolute, resolve } from 'node:path'
import type { ClusterConfig, DataSource } from './cluster-config.ts'
import { asEntry, type Entry, type FoundEntry, findEntry, readKubeconfigFiles } from './kubeconfig-files.ts'
import { pluginCredentials } from './plugin-credentials.ts'
import { parseProxy } from './proxy.ts'

/**
 * Reads a context of one or several kubeconfig files, which are merged as client-go merges them: the first file that sets a
 * value or has an entry of a name wins; files that do not exist are left out. `context`: default the current one. Throws an
 * Error of one line that names the file and the entry at fault.
 */
export async function readKubeconfig(paths: readonly string[], context?: string): Promise<ClusterConfig> {
  const files = await readKubeconfigFiles(paths)
  const all = `kubeconfig ${files.map(({ path }) => path).join(', ')}`
  const find = (list: 'contexts' | 'clusters' | 'users', name: string): FoundEntry => {
    const found = findEntry(files, list, name)
    if (found === undefined) throw new Error(`${all}: there is no ${list.slice(0, -1)} "${name}" in ${list}`)
    return found
  }
  const name = context ?? files.map(({ document }) => asString(document['current-context'])).find(Boolean)
  if (name === undefined) throw new Error(`${all}: it has no current-context`)
  const { entry: chosen, path } = find('contexts', name)
  const clusterName = asString(chosen['cluster'])
  if (clusterName === undefined) throw new Error(`kubeconfig ${path}: context "${name}" names no cluster`)
  const userName = asString(chosen['user'])
  return withoutUndefined({
    ...clusterPart(find('clusters', clusterName), clusterName),
    ...(userName === undefined ? {} : userPart(find('users', userName), userName)),
    namespace: asString(chosen['namespace']),
  })
}

function clusterPart(found: FoundEntry, name: string): ClusterConfig {
  const { entry, path } = found
  const fail = (why: string): never => {
    throw new Error(`kubeconfig ${path}: cluster "${name}"${why}`)
  }
  const proxyUrl = asString(entry['proxy-url'])
  try {
    if (proxyUrl !== undefined) parseProxy(proxyUrl)
  } catch (error) {
    fail(`: ${(error as Error).message}`)
  }
  return {
    server: asString(entry['server']) ?? fail(' has no server'),
    ca: dataSource(found, 'certificate-authority', fail),
    insecureSkipTlsVerify: entry['insecure-skip-tls-verify'] === true ? true : undefined,
    tlsServerName: asString(entry['tls-server-name']),
    proxyUrl,
  }
}

function userPart(found: FoundEntry, name: string): Omit<ClusterConfig, 'server'> {
  const { entry, path, directory } = found
  const fail = (why: string): never => {
    throw new Error(`kubeconfig ${path}: user "${name}"${why}`)
  }
  const exec = asEntry(entry['exec'])
  const authProvider = asEntry(entry['auth-provider'])
  const plugin = {
    ...(exec === undefined ? {} : { exec: { ...exec, command: commandOf(exec, directory) } }),
    ...(authProvider === undefined ? {} : { 'auth-provider': authProvider }),
  }
  return {
    clientCert: dataSource(found, 'client-certificate', fail),
    clientKey: dataSource(found, 'client-key', fail),
    token: tokenOf(found),
    basicAuth: basicAuthOf(entry),
    credentials: Object.keys(plugin).length === 0 ? undefined : pluginCredentials(path, plugin),
    impersonate: impersonationOf(entry),
  }
}

/** A command with a path in it is relative to the file, one without is searched for in PATH. */
function commandOf({ command }: Entry, directory: string): unknown {
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return command
  return resolve(directory, command)
}

/** `name-data` holds base64 and wins over `name`, a path relative to the kubeconfig. */
function dataSource(
  { entry, directory }: FoundEntry,
  name: string,
  fail: (why: string) => never,
): DataSource | undefined {
  const data = asString(entry[`${name}-data`])
  if (data !== undefined) {
    if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(data)) fail(`: ${name}-data is not base64`)
    return { data: Buffer.from(data, 'base64').toString('utf8') }
  }
  const file = asString(entry[name])
  return file === undefined ? undefined : { file: resolve(directory, file) }
}

/** The file wins, as in client-go: it can be renewed. */
function tokenOf({ entry, directory }: FoundEntry): DataSource | undefined {
  const file = asString(entry['tokenFile'])
  if (file !== undefined) return { file: resolve(directory, file) }
  const data = asString(entry['token'])
  return data === undefined ? undefined : { data }
}

function basicAuthOf(user: Entry): ClusterConfig['basicAuth'] {
  const username = asString(user['username'])
  return username === undefined ? undefined : { username, password: asString(user['password']) ?? '' }
}

function impersonationOf(user: Entry): ClusterConfig['impersonate'] {
  const as = asString(user['as'])
  const groups = user['as-groups']
  if (as === undefined) return undefined
  return { user: as, ...(Array.isArray(groups) ? { groups: groups.map(String) } : {}) }
}

function asString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join, resolve } from 'node:path'

/** A UNIX socket that accepts connections. */
export interface SocketListener {
  /** Absolute path. */
  readonly path: string
  /** Open connections. */
  readonly connections: ReadonlySet<Socket>
  /** Stops accepting and removes the file, unless somebody has put another in its place. Connections stay open. */
  stop(): Promise<void>
  /** Resolves when it has stopped and the last connection is closed. */
  readonly drained: Promise<void>
}

/**
 * Listens on a UNIX socket. The file appears whole: with its mode, and with somebody listening. One that is left from a
 * process that died is replaced.
 * @throws Error when the directory does not exist, when the file is no socket, or when somebody listens on it
 */
export async function listenOnSocket(
  path: string,
  options: { readonly mode?: number | undefined; readonly accept: (connection: Socket) => void },
): Promise<SocketListener> {
  const absolute = resolve(path)
  await assertReplaceable(absolute)
  const connections = new Set<Socket>()
  const server = createServer((connection) => {
    connections.add(connection)
    connection.on('error', () => {}) // a peer that vanishes is no news, and must not end the process
    connection.once('close', () => connections.delete(connection))
    options.accept(connection)
  })
  const identity = await publish(server, absolute, options.mode)
  const { promise: drained, resolve: setDrained } = Promise.withResolvers<void>()
  server.once('close', setDrained)
  return {
    path: absolute,
    connections,
    drained,
    async stop() {
      // First the file: who finds it must not meet a closed door.
      if ((await identityOf(absolute)) === identity) await rm(absolute, { force: true })
      server.close()
    },
  }
}

async function assertReplaceable(path: string): Promise<void> {
  const stats = await lstat(path).catch(ignoreMissing)
  if (stats === undefined) return
  if (!stats.isSocket()) throw new Error(`cannot listen on ${path}: it exists and is not a socket`)
  const failure = await connectError(path)
  if (failure === undefined) throw new Error(`cannot listen on ${path}: another process is listening there`)
  if (failure !== 'ECONNREFUSED' && failure !== 'ENOENT') throw new Error(`cannot listen on ${path}: ${failure}`)
}

/** Code of the error with which connecting fails; undefined when somebody accepts. */
export async function connectError(path: string): Promise<string | undefined> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    socket.destroy()
  }
}

/**
 * Binds inside a directory that nobody else can enter and moves the socket to its place: there is no moment in which it
 * has another mode (the process's umask stays alone) or refuses connections. The name starts with a dot, which kubelet's
 * plugin watcher ignores, and is short, as the path of a socket may only have 107 bytes.
 */
async function publish(server: Server, path: string, mode: number | undefined): Promise<string> {
  await sweep(dirname(path))
  const directory = join(dirname(path), `.${randomBytes(2).toString('hex')}`)
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot listen on ${path}: ${dirname(path)}: ${error.code ?? error.message}`, { cause: error })
  })
  const hidden = join(directory, 's')
  try {
    server.listen(hidden)
    await once(server, 'listening')
    if (mode !== undefined) await chmod(hidden, mode)
    const identity = await identityOf(hidden)
    await rename(hidden, path)
    return identity ?? ''
  } catch (error) {
    server.close()
    await rm(hidden, { force: true })
    throw new Error(`cannot listen on ${path}: ${(error as Error).message}`, { cause: error })
  } finally {
    await rmdir(directory)
  }
}

const abandonedMs = 60_000

/** Removes what processes that were killed inside {@link publish} have left; younger ones may be at work. */
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names.filter((one) => /^\.[0-9a-f]{4}$/.test(one))) {
    const directory = join(parent, name)
    const stats = await lstat(directory).catch(() => undefined)
    if (stats?.isDirectory() !== true || stats.mtimeMs > Date.now() - abandonedMs) continue
    const held = await readdir(directory).catch(() => undefined)
    if (held === undefined || held.some((one) => one !== 's')) continue // not one of ours
    await rm(join(directory, 's'), { force: true }).catch(() => {})
    await rmdir(directory).catch(() => {})
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(ignoreMissing)
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

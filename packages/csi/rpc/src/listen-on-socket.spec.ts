import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectError, listenOnSocket, type SocketListener } from './listen-on-socket.ts'

let directory: string
let path: string
const listeners: SocketListener[] = []

async function listen(mode?: number): Promise<SocketListener> {
  const listener = await listenOnSocket(path, { mode, accept: (connection) => connection.end() })
  listeners.push(listener)
  return listener
}

/** Leaves a socket file behind as a process does that is killed. */
async function leaveStaleSocket(): Promise<void> {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await promisify(execFile)(process.execPath, ['-e', program]).catch(() => undefined)
  expect((await stat(path)).isSocket()).toBe(true)
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csi-'))
  path = join(directory, 'csi.sock')
})

afterEach(async () => {
  for (const listener of listeners.splice(0)) {
    for (const connection of listener.connections) connection.destroy()
    await listener.stop()
    await listener.drained
  }
  await rm(directory, { recursive: true })
})

describe('listenOnSocket', () => {
  it('accepts connections and leaves nothing but the socket in the directory', async () => {
    await listen()
    expect(await connectError(path)).toBeUndefined()
    expect(await readdir(directory)).toEqual(['csi.sock'])
  })

  it.each([0o700, 0o600, 0o777])('gives the socket the mode %o whatever the umask', async (mode) => {
    await listen(mode)
    expect((await stat(path)).mode & 0o777).toBe(mode)
  })

  it('replaces a socket that a killed process left behind', async () => {
    await leaveStaleSocket()
    await listen()
    expect(await connectError(path)).toBeUndefined()
  })

  it('refuses when somebody listens there, and does not disturb them', async () => {
    const other = createServer((connection) => connection.end()).listen(path)
    await once(other, 'listening')
    await expect(listen()).rejects.toThrow(`cannot listen on ${path}: another process is listening there`)
    expect(await connectError(path)).toBeUndefined()
    other.close()
  })

  it('refuses to replace a file', async () => {
    await writeFile(path, 'precious')
    await expect(listen()).rejects.toThrow(`cannot listen on ${path}: it exists and is not a socket`)
    expect((await stat(path)).size).toBe(8)
  })

  it('refuses to replace a symbolic link, even to a socket', async () => {
    await symlink(join(directory, 'elsewhere.sock'), path)
    await expect(listen()).rejects.toThrow('it exists and is not a socket')
  })

  it('says when the directory does not exist', async () => {
    path = join(directory, 'missing', 'csi.sock')
    await expect(listen()).rejects.toThrow(`cannot listen on ${path}: ${join(directory, 'missing')}: ENOENT`)
  })

  it('sweeps what a process left that was killed while it made its socket, and nothing else', async () => {
    const longAgo = new Date(Date.now() - 3_600_000)
    const leave = async (name: string, file: string, date?: Date): Promise<void> => {
      await mkdir(join(directory, name))
      await writeFile(join(directory, name, file), '')
      if (date !== undefined) await utimes(join(directory, name), date, date)
    }
    await leave('.0a1b', 's', longAgo)
    await leave('.0a1c', 's')
    await leave('.0a1d', 'precious', longAgo)
    await leave('data', 's', longAgo)
    await listen()
    expect((await readdir(directory)).toSorted()).toEqual(['.0a1c', '.0a1d', 'csi.sock', 'data'])
  })

  it('removes the socket when it stops', async () => {
    const listener = await listen()
    await listener.stop()
    await listener.drained
    expect(await readdir(directory)).toEqual([])
  })

  it('leaves a socket alone that somebody else has put in its place', async () => {
    const first = await listen()
    await rm(path)
    await listen()
    await first.stop()
    await first.drained
    expect(await connectError(path)).toBeUndefined()
  })

  it('is drained when it has stopped and the last connection is closed', async () => {
    const listener = await listenOnSocket(path, { accept: () => {} })
    const connection = connect(path)
    await once(connection, 'connect')
    await expect.poll(() => listener.connections.size).toBe(1)
    await listener.stop()
    let isDrained = false
    const drained = (async () => {
      await listener.drained
      isDrained = true
    })()
    await new Promise(setImmediate)
    expect(isDrained).toBe(false)
    connection.destroy()
    await drained
    expect(isDrained).toBe(true)
  })
})

import { once } from 'node:events'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { createAuthority } from './certificates.ts'
import { listenOnLoopback } from './loopback-server.ts'

it('closes although a client has connected and never begins its TLS handshake', async () => {
  const server = createServer(await (await createAuthority('ca')).issueServer(['127.0.0.1']))
  const connected = once(server, 'connection')
  const loopback = await listenOnLoopback(server)
  const client = connect(loopback.port, '127.0.0.1')
  const ended = once(client, 'close')
  client.on('error', () => undefined)
  await connected
  await loopback.close()
  await ended
  expect(server.listening).toBe(false)
})

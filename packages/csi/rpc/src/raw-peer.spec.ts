import { connect as connectHttp2, constants } from 'node:http2'
import { connect } from 'node:net'
import { IdentityService } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { bindService } from './bind-service.ts'
import { Code } from './code.ts'
import { CsiError } from './csi-error.ts'
import { serveInTempDir } from './testing/serve-in-temp-dir.ts'

/** A Probe with an `:authority` of one's choice, as a client that is no Node.js program may send it. */
async function probe(address: string, authority: string): Promise<string> {
  const trailers = await rawProbe(address, authority)
  return 'reset' in trailers ? `reset ${String(trailers['reset'])}` : `grpc-status ${String(trailers['grpc-status'])}`
}

async function rawProbe(address: string, authority: string): Promise<Readonly<Record<string, unknown>>> {
  const session = connectHttp2('http://localhost', { createConnection: () => connect(address) })
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/csi.v1.Identity/Probe',
      ':authority': authority,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.end(Buffer.from([0, 0, 0, 0, 0]))
    stream.resume()
    const ended = Promise.withResolvers<Readonly<Record<string, unknown>>>()
    stream.once('trailers', (trailers) => ended.resolve({ ...trailers }))
    stream.once('response', (headers) => 'grpc-status' in headers && ended.resolve({ ...headers }))
    stream.once('error', () => ended.resolve({ reset: stream.rstCode }))
    return await ended.promise
  } finally {
    session.destroy()
  }
}

describe('a raw HTTP/2 peer', () => {
  it.each([
    { authority: 'localhost', outcome: 'grpc-status 0' },
    { authority: 'csi.sock', outcome: 'grpc-status 0' },
    { authority: '%2Fcsi%2Fcsi.sock', outcome: 'grpc-status 0' },
    // nghttp2 refuses these before any handler runs; they come from kubelets before 1.26, our floor.
    { authority: '/csi/csi.sock', outcome: `reset ${constants.NGHTTP2_PROTOCOL_ERROR}` },
    { authority: 'unix:///csi/csi.sock', outcome: `reset ${constants.NGHTTP2_PROTOCOL_ERROR}` },
  ])('with :authority $authority gets $outcome', async ({ authority, outcome }) => {
    await using temp = await serveInTempDir([bindService(IdentityService, { probe: () => ({}) })])
    expect(await probe(temp.address, authority)).toBe(outcome)
  })

  it('gets code and message of a failure, and no details (must get right 5)', async () => {
    const fails = bindService(IdentityService, {
      probe() {
        throw new CsiError(Code.FailedPrecondition, 'no license')
      },
    })
    await using temp = await serveInTempDir([fails])
    const trailers = await rawProbe(temp.address, 'localhost')
    const status = Object.entries(trailers).filter(
      ([name]) => name.startsWith('grpc-') && name !== 'grpc-accept-encoding',
    )
    expect(Object.fromEntries(status)).toEqual({ 'grpc-status': '9', 'grpc-message': 'no%20license' })
  })
})

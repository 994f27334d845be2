import { describe, expect, it } from 'vitest'
import { setupClient } from './testing/client-setup.ts'
import { requestToken } from './token-request.ts'

const path = '/api/v1/namespaces/n/serviceaccounts/sa/token'
const account = { name: 'sa', namespace: 'n' }

describe('requestToken', () => {
  it('asks for a token of these audiences, bound to an object', async () => {
    const { client, transport, ctx } = setupClient()
    const status = { token: 'tok', expirationTimestamp: '2030-01-01T00:00:00Z' }
    transport.on('POST', path, { status: 201, json: { spec: {}, status } })
    const boundObject = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }
    const token = await requestToken(
      client,
      account,
      { audiences: ['vault'], expirationSeconds: 600, boundObject },
      ctx,
    )
    expect(token).toEqual(status)
    expect(transport.requests[0]?.body).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['vault'], expirationSeconds: 600, boundObjectRef: boundObject },
    })
  })

  it('fails when the server gives none', async () => {
    const { client, transport, ctx } = setupClient()
    transport.on('POST', path, { status: 201, json: { spec: { audiences: [] } } })
    await expect(requestToken(client, account, {}, ctx)).rejects.toThrow(
      'the server made no token for service account sa',
    )
  })
})

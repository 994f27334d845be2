import { resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import {
  ApiError,
  isAlreadyExists,
  isBadRequest,
  isConflict,
  isForbidden,
  isGone,
  isInternalError,
  isInvalid,
  isNotFound,
  isServerTimeout,
  isServiceUnavailable,
  isTooManyRequests,
  isUnauthorized,
} from './api-error.ts'
import { setupClient } from './testing/client-setup.ts'
import type { FakeAnswer } from './testing/fake-transport.ts'

const questions = {
  isAlreadyExists,
  isBadRequest,
  isConflict,
  isForbidden,
  isGone,
  isInternalError,
  isInvalid,
  isNotFound,
  isServerTimeout,
  isServiceUnavailable,
  isTooManyRequests,
  isUnauthorized,
}

function answersOf(code: number, reason: string): string[] {
  const error = new ApiError({ code, reason, message: 'm', verb: 'get', path: '/' })
  return Object.entries(questions).flatMap(([name, holds]) => (holds(error) ? [name] : []))
}

describe('questions about an error', () => {
  it.each([
    [404, 'NotFound', ['isNotFound']],
    [404, '', ['isNotFound']],
    [409, 'AlreadyExists', ['isAlreadyExists']],
    [409, 'Conflict', ['isConflict']],
    [409, '', ['isConflict']],
    [410, 'Expired', ['isGone']],
    [410, 'Gone', ['isGone']],
    [403, 'Forbidden', ['isForbidden']],
    [401, 'Unauthorized', ['isUnauthorized']],
    [400, 'BadRequest', ['isBadRequest']],
    [422, 'Invalid', ['isInvalid']],
    [429, 'TooManyRequests', ['isTooManyRequests']],
    [500, 'InternalError', ['isInternalError']],
    [500, 'ServerTimeout', ['isServerTimeout']],
    [503, 'ServiceUnavailable', ['isServiceUnavailable']],
    [504, 'Timeout', ['isServerTimeout']],
    [418, '', []],
  ])('%i %s', (code, reason, expected) => {
    expect(answersOf(code, reason)).toEqual(expected)
  })

  it('are no to anything else', () => {
    for (const holds of Object.values(questions)) expect(holds(new Error('404 NotFound'))).toBe(false)
  })
})

describe('an answer that is an error', () => {
  const path = '/api/v1/namespaces/n/secrets/s'

  async function fail(answer: FakeAnswer): Promise<unknown> {
    const { client, transport, ctx } = setupClient()
    transport.on('PATCH', path, answer)
    const patch = { type: 'merge', body: { stringData: { password: 'hunter2' } } } as const
    return client
      .resource(resources.secrets)
      .patch({ name: 's', namespace: 'n' }, patch, ctx)
      .catch((error: unknown) => error)
  }

  it('keeps all that the server says', async () => {
    const details = {
      name: 's',
      kind: 'secrets',
      causes: [{ reason: 'FieldValueInvalid', message: 'bad', field: 'data' }],
      retryAfterSeconds: 3,
    }
    const error = await fail({
      status: 422,
      json: {
        kind: 'Status',
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message: 'Secret "s" is invalid',
        details,
      },
    })
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'Secret "s" is invalid',
      details,
      verb: 'patch',
      path,
      retryAfterMs: 3000,
    })
  })

  it.each([
    {
      why: 'HTML',
      answer: { status: 502, text: '<html>hunter2</html>', headers: { 'content-type': 'text/html; charset=utf-8' } },
      says: '502 and text/html',
      code: 502,
    },
    { why: 'nothing', answer: { status: 500, text: '' }, says: '500 and text/plain', code: 500 },
    {
      why: 'foreign JSON',
      answer: { status: 418, json: { error: 'hunter2' } },
      says: '418 and application/json',
      code: 418,
    },
    { why: 'a JSON string', answer: { status: 400, json: 'hunter2' }, says: '400 and application/json', code: 400 },
  ])('in $why is one line without the body', async ({ answer, says, code }) => {
    const error = await fail(answer)
    expect(error).toMatchObject({ code, reason: '' })
    expect(String(error)).toBe(
      `ApiError: https://api.test:6443 answered ${path} with ${says}, not as a Kubernetes API server does: check the server address and what stands in front of it`,
    )
  })

  it('of a resource that is not served is a NotFound that says so', async () => {
    const error = await fail({ status: 404, text: '404 page not found' })
    expect(isNotFound(error)).toBe(true)
    expect(error).toMatchObject({
      message: `the server could not find the requested resource (patch ${path}): check that https://api.test:6443 serves it in this version, or that its CRD is installed`,
    })
  })

  it.each([
    { why: 'a web page', answer: { text: '<html>login</html>', headers: { 'content-type': 'text/html' } } },
    { why: 'a redirection', answer: { status: 302, text: '' } },
    { why: 'a list', answer: { json: [] } },
  ])('is recognised in $why with a good status', async ({ answer }) => {
    expect(await fail(answer)).toMatchObject({
      failure: 'protocol',
      maybeDelivered: true,
      message: expect.stringMatching(/^https:\/\/api\.test:6443 answered [^\n]*$/),
    })
  })

  it('never shows what was sent', async () => {
    const error = await fail({ status: 500, json: { kind: 'Status', code: 500, message: 'it broke' } })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2')
  })
})

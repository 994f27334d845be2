import { describe, expect, it } from 'vitest'
import { isTrue, parseRoute } from './request-route.ts'

const core = { kind: 'resource', group: '', version: 'v1', namespace: '', name: '', subresource: '' }
const storage = { ...core, group: 'storage.k8s.io' }

describe('parseRoute', () => {
  it.each([
    ['GET', '/api/v1/pods', { ...core, verb: 'list', resource: 'pods' }],
    ['GET', '/api/v1/pods?watch=true', { ...core, verb: 'watch', resource: 'pods' }],
    ['GET', '/api/v1/namespaces/a/pods/b', { ...core, verb: 'get', resource: 'pods', namespace: 'a', name: 'b' }],
    [
      'PUT',
      '/api/v1/namespaces/a/pods/b/status',
      { ...core, verb: 'update', resource: 'pods', namespace: 'a', name: 'b', subresource: 'status' },
    ],
    ['GET', '/api/v1/namespaces', { ...core, verb: 'list', resource: 'namespaces' }],
    ['GET', '/api/v1/namespaces/a', { ...core, verb: 'get', resource: 'namespaces', name: 'a' }],
    [
      'PUT',
      '/api/v1/namespaces/a/finalize',
      { ...core, verb: 'update', resource: 'namespaces', name: 'a', subresource: 'finalize' },
    ],
    ['DELETE', '/api/v1/namespaces/a/pods', { ...core, verb: 'deletecollection', resource: 'pods', namespace: 'a' }],
    ['POST', '/apis/storage.k8s.io/v1/storageclasses', { ...storage, verb: 'create', resource: 'storageclasses' }],
    [
      'PATCH',
      '/apis/storage.k8s.io/v1/storageclasses/x%3Ay',
      { ...storage, verb: 'patch', resource: 'storageclasses', name: 'x:y' },
    ],
    [
      'DELETE',
      '/apis/storage.k8s.io/v1/storageclasses/x',
      { ...storage, verb: 'delete', resource: 'storageclasses', name: 'x' },
    ],
  ])('%s %s', (method, path, expected) => {
    expect(parseRoute(method, new URL(path, 'https://localhost'))).toEqual(expected)
  })

  it.each(['/', '/api', '/api/v1', '/apis/storage.k8s.io', '/apis/storage.k8s.io/v1', '/healthz', '/openapi/v3'])(
    '%s is no resource',
    (path) => expect(parseRoute('GET', new URL(path, 'https://localhost'))).toEqual({ kind: 'path', path }),
  )
})

describe('isTrue', () => {
  it.each([null, '', '0', 'false', 'False'])('%s is not', (value) => expect(isTrue(value)).toBe(false))
  it.each(['1', 'true', 'yes'])('%s is', (value) => expect(isTrue(value)).toBe(true))
})

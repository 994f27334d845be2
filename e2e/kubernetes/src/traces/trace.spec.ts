import { describe, expect, it } from 'vitest'
import { compareTraces, type TracedRequest, toTrace } from './trace.ts'

function request(text: string): TracedRequest {
  const [verb = '', path = '', name = '', code = '200'] = text.split(' ')
  const [resource = '', subresource = ''] = path.split('/')
  return { userAgent: 'csi-provisioner/0.1.0 (linux)', verb, resource, subresource, name, code: Number(code) }
}

const trace = (...texts: readonly string[]) => toTrace(texts.map(request))
const uids = ['11111111-2222-3333-4444-555555555555', 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee']

describe('toTrace', () => {
  it('keeps the order of what is done to one object, and names what is random', () => {
    const steps = ['get', 'delete', 'patch'].map((verb) => `${verb} persistentvolumes pvc-${uids[0]}`)
    expect([...trace(...steps, 'update claims/status a 409')]).toEqual([
      ['csi-provisioner: claims/status a', ['update 409']],
      ['csi-provisioner: persistentvolumes pvc-UID', ['get 200', 'delete 200', 'patch 200']],
    ])
  })

  it('does not see how often collections are read, nor in which order', () => {
    const once = trace('list pods', 'watch pods', 'list claims')
    expect(trace('watch pods', 'list claims', 'list pods', 'watch pods')).toEqual(once)
  })

  it('does not see how often an event is counted up, and sees every other repetition', () => {
    expect([...trace('patch events a.b', 'patch events a.b', 'patch pods p', 'patch pods p').values()]).toEqual([
      ['patch 200'],
      ['patch 200', 'patch 200'],
    ])
  })
})

describe('compareTraces', () => {
  const volume = (verb: string, uid = uids[0]) => `${verb} persistentvolumes pvc-${uid}`

  it('finds runs alike that differ in order between objects and in random names', () => {
    const embedded = trace(volume('get'), 'get claims a', volume('delete'))
    const real = trace('get claims a', volume('get', uids[1]), volume('delete', uids[1]))
    expect(compareTraces('s', { embedded, real }, [])).toEqual([])
  })

  it.each([
    { why: 'order', real: [volume('delete'), volume('get')], said: 'kubernetes: delete 200, get 200' },
    { why: 'number', real: [volume('get')], said: 'kubernetes: get 200' },
    { why: 'outcome', real: [volume('get'), `${volume('delete')} 403`], said: 'kubernetes: get 200, delete 403' },
    { why: 'absence', real: [], said: 'kubernetes: nothing' },
  ])('tells a difference in $why', ({ real, said }) => {
    const embedded = trace(volume('get'), volume('delete'))
    expect(compareTraces('s', { embedded, real: trace(...real) }, [])).toEqual([
      `csi-provisioner: persistentvolumes pvc-UID\n  embedded:   get 200, delete 200\n  ${said}`,
    ])
  })

  it('passes over what is allowed, in its scenario alone', () => {
    const traces = { embedded: trace('create events'), real: trace() }
    const allowed = [{ line: 'csi-provisioner: create events', scenarios: ['crash'], reason: 'it is killed' }]
    expect(compareTraces('crash', traces, allowed)).toEqual([])
    expect(compareTraces('other', traces, allowed)).toHaveLength(1)
  })
})

import { describe, expect, it } from 'vitest'
import { planStart } from './plan-start.ts'

const base = { kubeletRegistrationPath: '/host/csi.sock', mode: '', httpEndpoint: '', healthPort: 0 }

describe('planStart', () => {
  it.each([
    { given: {}, start: { kind: 'register', httpEndpoint: undefined } },
    { given: { httpEndpoint: ':80' }, start: { kind: 'register', httpEndpoint: ':80' } },
    { given: { healthPort: 80 }, start: { kind: 'register', httpEndpoint: ':80' } },
    { given: { healthPort: -1 }, start: { kind: 'register', httpEndpoint: undefined } },
    { given: { mode: 'kubelet-registration-probe' }, start: { kind: 'probe' } },
    { given: { mode: 'kubelet-registration-probe', httpEndpoint: ':80', healthPort: 80 }, start: { kind: 'probe' } },
    { given: { mode: 'probe' }, start: { kind: 'register', httpEndpoint: undefined } },
  ])('$given starts as $start', ({ given, start }) => {
    expect(planStart({ ...base, ...given })).toEqual(start)
  })

  it.each([
    { given: { kubeletRegistrationPath: '' }, message: 'flag --kubelet-registration-path is required' },
    {
      given: { kubeletRegistrationPath: '', mode: 'kubelet-registration-probe' },
      message: 'flag --kubelet-registration-path is required',
    },
    {
      given: { httpEndpoint: ':80', healthPort: 80 },
      message: 'only one of --health-port and --http-endpoint can be set',
    },
  ])('$given is a mistake', ({ given, message }) => {
    expect(planStart({ ...base, ...given })).toEqual({ kind: 'mistake', message })
  })
})

import { describe, expect, it } from 'vitest'
import { planListeners } from './plan-listeners.ts'

const nothing = { healthPort: '9808', httpEndpoint: '', metricsAddress: '' }

describe('planListeners', () => {
  it.each([
    { given: {}, health: '0.0.0.0:9808', metrics: undefined },
    { given: { healthPort: '1234' }, health: '0.0.0.0:1234', metrics: undefined },
    { given: { metricsAddress: ':80' }, health: '0.0.0.0:9808', metrics: ':80' },
    { given: { httpEndpoint: ':80' }, health: ':80', metrics: ':80' },
    { given: { httpEndpoint: ':80', healthPort: '9808' }, health: ':80', metrics: ':80' },
  ])('listens for $given', ({ given, health, metrics }) => {
    expect(planListeners({ ...nothing, ...given })).toEqual({ kind: 'listen', health, metrics })
  })

  it.each([
    { given: { httpEndpoint: ':80', healthPort: '1' }, flag: '--health-port' },
    { given: { httpEndpoint: ':80', metricsAddress: ':81' }, flag: '--metrics-address' },
  ])('refuses $given', ({ given, flag }) => {
    expect(planListeners({ ...nothing, ...given })).toEqual({
      kind: 'mistake',
      message: `only one of ${flag} and --http-endpoint can be set`,
    })
  })
})

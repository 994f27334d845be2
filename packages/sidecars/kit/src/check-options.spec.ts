import { parseFlags } from '@csi-ts/process'
import { describe, expect, it } from 'vitest'
import { checkElectionTimes, optionMistake, rateLimitOf } from './check-options.ts'
import { commonFlags } from './common-flags.ts'

const parse = (...argv: string[]) => parseFlags(commonFlags, argv)

describe('optionMistake', () => {
  it('finds nothing wrong with the defaults', () => {
    expect(optionMistake(parse().values)).toBeUndefined()
  })

  it.each([
    {
      argv: ['--http-endpoint=:1', '--metrics-address=:2'],
      mistake: 'only one of --metrics-address and --http-endpoint can be set',
    },
    { argv: ['--metrics-path=metrics'], mistake: '--metrics-path must start with a slash, not "metrics"' },
    { argv: ['--csi-address=dns:///x'], mistake: '--csi-address must be /path or unix:///path, not "dns:///x"' },
    { argv: ['--csi-address=unix:/x'], mistake: '--csi-address must be /path or unix:///path, not "unix:/x"' },
  ])('names the flag: $mistake', ({ argv, mistake }) => {
    expect(optionMistake(parse(...argv).values)).toBe(mistake)
  })
})

describe('checkElectionTimes', () => {
  const check = (...argv: string[]): void => checkElectionTimes(parse('--leader-election', ...argv).values)

  it('takes the defaults, and anything while there is no election', () => {
    expect(() => check()).not.toThrow()
    expect(() => checkElectionTimes(parse('--leader-election-retry-period=0').values)).not.toThrow()
  })

  it.each([
    {
      argv: ['--leader-election-renew-deadline=15s'],
      message: '--leader-election-lease-duration (15s) must be greater than --leader-election-renew-deadline (15s)',
    },
    {
      argv: ['--leader-election-retry-period=9s'],
      message:
        '--leader-election-renew-deadline (10s) must be greater than 1.2 times --leader-election-retry-period (9s)',
    },
    {
      argv: ['--leader-election-retry-period=0s'],
      message: '--leader-election-retry-period (0s) must be greater than zero',
    },
    {
      argv: ['--leader-election-lease-duration=500ms'],
      message: '--leader-election-lease-duration (500ms) must be at least 1s',
    },
  ])('names flags and values: $message', ({ argv, message }) => {
    expect(() => check(...argv)).toThrow(message)
  })
})

describe('rateLimitOf', () => {
  it.each([
    { why: 'no limit unless it is asked for', argv: [], limit: undefined },
    { why: 'a burst alone asks for none', argv: ['--kube-api-burst=3'], limit: undefined },
    { why: 'given, even at its default', argv: ['--kube-api-qps=5'], limit: { qps: 5, burst: 10 } },
    { why: 'both', argv: ['--kube-api-qps=0.5', '--kube-api-burst=3'], limit: { qps: 0.5, burst: 3 } },
    { why: "zero is client-go's default", argv: ['--kube-api-qps=0'], limit: { qps: 5, burst: 10 } },
    { why: 'negative is none', argv: ['--kube-api-qps=-1', '--kube-api-burst=0'], limit: undefined },
  ])('$why', ({ argv, limit }) => {
    const { values, changed } = parse(...argv)
    expect(rateLimitOf(values, changed)).toEqual(limit)
  })

  it('refuses a burst that lets nothing pass', () => {
    const { values, changed } = parse('--kube-api-qps=5', '--kube-api-burst=0')
    expect(() => rateLimitOf(values, changed)).toThrow('--kube-api-burst must be at least 1, not 0')
  })
})

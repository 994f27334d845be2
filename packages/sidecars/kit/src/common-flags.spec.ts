import { parseFlags } from '@csi-ts/process'
import { describe, expect, it } from 'vitest'
import { commonFlags } from './common-flags.ts'

describe('commonFlags', () => {
  it("has upstream's names and defaults", () => {
    const shown = Object.values(commonFlags).map((spec) => `--${spec.name} ${JSON.stringify(spec.default)}`)
    expect(shown).toEqual([
      '--kubeconfig ""',
      '--kube-api-qps 5',
      '--kube-api-burst 10',
      '--csi-address "/run/csi/socket"',
      '--leader-election false',
      '--leader-election-namespace ""',
      '--leader-election-lease-duration 15000',
      '--leader-election-renew-deadline 10000',
      '--leader-election-retry-period 5000',
      '--leader-election-labels {}',
      '--http-endpoint ""',
      '--metrics-address ""',
      '--metrics-path "/metrics"',
    ])
  })

  it('labels are key:value pairs that add up', () => {
    const argv = ['--leader-election-labels=a:1,b:2', '-leader-election-labels', 'c:3']
    expect(parseFlags(commonFlags, argv).values.leaderElectionLabels).toEqual({ a: '1', b: '2', c: '3' })
  })

  it.each(['a', 'a:b:c', ':b', 'a=b'])('refuses the label %j', (text) => {
    expect(() => parseFlags(commonFlags, [`--leader-election-labels=${text}`])).toThrow(
      'for flag -leader-election-labels: malformed pair',
    )
  })
})

import type { RateLimit } from '@csi-ts/kube-client'
import { formatDuration, UsageError } from '@csi-ts/process'
import type { CommonOptions, KubeOptions, LeaderElectionOptions } from './common-flags.ts'

/** What cannot work, in one line; undefined when all is well. Upstream finds this after parsing, and exits with 1. */
export function optionMistake(options: CommonOptions): string | undefined {
  const { httpEndpoint, metricsAddress, metricsPath, csiAddress } = options
  if (httpEndpoint !== '' && metricsAddress !== '') {
    return 'only one of --metrics-address and --http-endpoint can be set'
  }
  if (!metricsPath.startsWith('/')) return `--metrics-path must start with a slash, not ${JSON.stringify(metricsPath)}`
  if (!/^(\/|unix:\/\/)/.test(csiAddress)) {
    return `--csi-address must be /path or unix:///path, not ${JSON.stringify(csiAddress)}`
  }
  return undefined
}

/** Throws a {@link UsageError} (exit 2, as upstream) when the three times of the election do not fit together. */
export function checkElectionTimes(options: LeaderElectionOptions): void {
  if (!options.leaderElection) return
  const lease = options.leaderElectionLeaseDurationMs
  const renew = options.leaderElectionRenewDeadlineMs
  const retry = options.leaderElectionRetryPeriodMs
  if (!(retry > 0)) throw new UsageError(`${shown('retry-period', retry)} must be greater than zero`)
  if (lease < 1000) throw new UsageError(`${shown('lease-duration', lease)} must be at least 1s`)
  if (lease <= renew) {
    throw new UsageError(`${shown('lease-duration', lease)} must be greater than ${shown('renew-deadline', renew)}`)
  }
  if (renew <= retry * 1.2) {
    throw new UsageError(
      `${shown('renew-deadline', renew)} must be greater than 1.2 times ${shown('retry-period', retry)}`,
    )
  }
}

/**
 * The client's own limit. None unless `--kube-api-qps` was given: the server limits fairly by itself, and is honoured. Given,
 * it means what it means upstream: negative is none, zero is 5. Throws a {@link UsageError} for a burst that lets nothing pass.
 */
export function rateLimitOf(options: KubeOptions, changedFlags: ReadonlySet<string>): RateLimit | undefined {
  if (!changedFlags.has('kubeApiQps') || options.kubeApiQps < 0) return undefined
  const qps = options.kubeApiQps === 0 ? 5 : options.kubeApiQps
  if (options.kubeApiBurst < 1) throw new UsageError(`--kube-api-burst must be at least 1, not ${options.kubeApiBurst}`)
  return { qps, burst: options.kubeApiBurst }
}

function shown(name: string, ms: number): string {
  return `--leader-election-${name} (${formatDuration(ms)})`
}

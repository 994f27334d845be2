import { defaultHealthPort, type LivenessprobeOptions } from './flags.ts'

/** What listens where. */
export type Listeners =
  | { readonly kind: 'mistake'; readonly message: string }
  | {
      readonly kind: 'listen'
      readonly health: string
      /** Undefined: no metrics. The same as `health`: one server for both. */
      readonly metrics: string | undefined
    }

/** Decides from the three flags, of which two are deprecated. */
export function planListeners(
  options: Pick<LivenessprobeOptions, 'healthPort' | 'httpEndpoint' | 'metricsAddress'>,
): Listeners {
  const { healthPort, httpEndpoint, metricsAddress } = options
  if (httpEndpoint === '') {
    return {
      kind: 'listen',
      health: `0.0.0.0:${healthPort}`,
      metrics: metricsAddress === '' ? undefined : metricsAddress,
    }
  }
  if (healthPort !== defaultHealthPort) return excludes('--health-port')
  if (metricsAddress !== '') return excludes('--metrics-address')
  return { kind: 'listen', health: httpEndpoint, metrics: httpEndpoint }
}

function excludes(flag: string): Listeners {
  return { kind: 'mistake', message: `only one of ${flag} and --http-endpoint can be set` }
}

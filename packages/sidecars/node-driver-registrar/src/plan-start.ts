import { probeMode, type RegistrarOptions } from './flags.ts'

/** What the command line asks for. */
export type Start =
  | { readonly kind: 'mistake'; readonly message: string }
  /** An old exec probe: nothing to do. */
  | { readonly kind: 'probe' }
  /** Register; serve HTTP at the address if there is one. */
  | { readonly kind: 'register'; readonly httpEndpoint: string | undefined }

/** Decides in upstream's order: the required path is asked for in probe mode, too. */
export function planStart(
  options: Pick<RegistrarOptions, 'kubeletRegistrationPath' | 'mode' | 'httpEndpoint' | 'healthPort'>,
): Start {
  const { httpEndpoint, healthPort } = options
  if (options.kubeletRegistrationPath === '') {
    return { kind: 'mistake', message: 'flag --kubelet-registration-path is required' }
  }
  if (options.mode === probeMode) return { kind: 'probe' }
  if (httpEndpoint !== '' && healthPort > 0) {
    return { kind: 'mistake', message: 'only one of --health-port and --http-endpoint can be set' }
  }
  const byPort = healthPort > 0 ? `:${healthPort}` : undefined
  return { kind: 'register', httpEndpoint: httpEndpoint === '' ? byPort : httpEndpoint }
}

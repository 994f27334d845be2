import type { MetricsRegistry } from '@csi-ts/telemetry'

/** Told of every finished call, failed ones included. */
export interface CallMetrics {
  /**
   * @param method full path, `/csi.v1.Controller/CreateVolume`
   * @param codeName Go's name of the status code
   */
  observe(method: string, codeName: string, seconds: number, labels?: { readonly migrated?: boolean | undefined }): void
}

/** How call durations are recorded. */
export interface CallMetricsOptions {
  /** `csi_sidecar` for callers of a driver, `csi_plugin` for drivers. */
  readonly subsystem: 'csi_sidecar' | 'csi_plugin'
  /** Label every call with `migrated`; only for drivers that in-tree volumes are migrated to. Default false. */
  readonly migration?: boolean | undefined
}

/** Call durations as a histogram of a registry. */
export interface CallDurations extends CallMetrics {
  /** From now on the `driver_name` label has this value; before, it is `unknown-driver`. */
  setDriverName(name: string): void
}

/**
 * The histogram `csi_sidecar_operations_seconds` (or `csi_plugin_operations_seconds`) with upstream's help text, buckets
 * and labels.
 */
export function createCallMetrics(metrics: MetricsRegistry, options: CallMetricsOptions): CallDurations {
  const durations = metrics.histogram({
    name: `${options.subsystem}_operations_seconds`,
    help: '[ALPHA] Container Storage Interface operation duration with gRPC error code status total',
    labelNames: ['driver_name', 'method_name', 'grpc_status_code', ...(options.migration === true ? ['migrated'] : [])],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600],
  })
  let driverName = 'unknown-driver'
  return {
    setDriverName(name) {
      driverName = name
    },
    observe(method, codeName, seconds, labels) {
      const migrated = options.migration === true ? { migrated: String(labels?.migrated ?? false) } : {}
      durations.observe(seconds, {
        driver_name: driverName,
        method_name: method,
        grpc_status_code: codeName,
        ...migrated,
      })
    },
  }
}

export { errorText } from './error-text.ts'
export { type Exposition, type MetricFamily, type MetricsSource, mergeMetrics } from './exposition.ts'
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  silentLogger,
  type TraceContext,
  type WorkContext,
} from './logger.ts'
export {
  type CollectGauge,
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type HistogramOptions,
  type Labels,
  type MetricOptions,
  type MetricsOptions,
  type MetricsRegistry,
} from './metrics.ts'
export { isSecretKey, type Printable, toJsonText, toPrintable } from './printable.ts'
export { type ProcessMetricsOptions, registerProcessMetrics, registerStartTime } from './process-metrics.ts'
export { Secret, strippedText } from './secret.ts'
export { parseVmodule, type VerbosityRule } from './vmodule.ts'

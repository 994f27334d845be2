import type { Clock } from '@csi-ts/concurrency'
import type { Counter, Gauge, Histogram, MetricsRegistry } from '@csi-ts/telemetry'

/** What a queue reports while it works. */
export interface QueueMetrics {
  /** A key needs work that did not need any before. */
  added(key: string): void
  /** A key was handed out. */
  started(key: string): void
  /** A key was given back. */
  finished(key: string): void
  /** A delayed add was asked for: client-go counts those as retries. */
  retried(): void
}

/** Measures one queue in client-go's families, under its name. Without a registry nothing is measured. */
export function createQueueMetrics(o: {
  readonly name: string
  readonly clock: Clock
  readonly metrics?: MetricsRegistry | undefined
}): QueueMetrics {
  if (o.metrics === undefined) return unmeasured
  const { clock, name } = o
  const labels = { name }
  const addedAtMs = new Map<string, number>()
  const startedAtMs = new Map<string, number>()
  const secondsInWork = (): number[] => {
    const nowMs = clock.monotonicMs()
    return [...startedAtMs.values()].map((atMs) => (nowMs - atMs) / 1000)
  }
  const families = queueFamilies(o.metrics, {
    unfinished: (gauge) =>
      gauge.set(
        secondsInWork().reduce((sum, age) => sum + age, 0),
        labels,
      ),
    longestRunning: (gauge) => gauge.set(Math.max(0, ...secondsInWork()), labels),
  })
  // Series exist from the start, as upstream's do: a rate over them begins at zero.
  families.depth.set(0, labels)
  families.adds.inc(labels, 0)
  families.retries.inc(labels, 0)

  const observe = (since: Map<string, number>, key: string, histogram: Histogram): void => {
    const atMs = since.get(key)
    since.delete(key)
    if (atMs !== undefined) histogram.observe((clock.monotonicMs() - atMs) / 1000, labels)
  }
  return {
    added(key) {
      families.adds.inc(labels)
      families.depth.inc(labels)
      addedAtMs.set(key, clock.monotonicMs())
    },
    started(key) {
      families.depth.dec(labels)
      observe(addedAtMs, key, families.queueDuration)
      startedAtMs.set(key, clock.monotonicMs())
    },
    finished: (key) => observe(startedAtMs, key, families.workDuration),
    retried: () => families.retries.inc(labels),
  }
}

/** Of client-go's work queues: 10 ns to 10 s. */
const queueDurationBuckets: readonly number[] = Array.from({ length: 10 }, (_, power) => 10 ** (power - 8))

const unmeasured: QueueMetrics = {
  added: () => undefined,
  started: () => undefined,
  finished: () => undefined,
  retried: () => undefined,
}

interface QueueFamilies {
  readonly depth: Gauge
  readonly adds: Counter
  readonly retries: Counter
  readonly queueDuration: Histogram
  readonly workDuration: Histogram
}

/** The families that all queues of a registry share; what is in work is read from each queue when somebody asks. */
function queueFamilies(
  metrics: MetricsRegistry,
  inWork: { readonly unfinished: (gauge: Gauge) => void; readonly longestRunning: (gauge: Gauge) => void },
): QueueFamilies {
  const described = (name: string, help: string) => ({
    name: `workqueue_${name}`,
    help: `[ALPHA] ${help}`,
    labelNames: ['name'],
  })
  metrics.gauge(
    described('unfinished_work_seconds', 'Seconds of work in progress, over all workers; grows when workers hang'),
    inWork.unfinished,
  )
  metrics.gauge(
    described('longest_running_processor_seconds', 'Seconds since the longest running worker took its key'),
    inWork.longestRunning,
  )
  return {
    depth: metrics.gauge(described('depth', 'Keys that wait to be worked on')),
    adds: metrics.counter(described('adds_total', 'Keys added')),
    retries: metrics.counter(described('retries_total', 'Keys added with a delay')),
    queueDuration: metrics.histogram({
      ...described('queue_duration_seconds', 'Seconds that a key waits before work on it starts'),
      buckets: queueDurationBuckets,
    }),
    workDuration: metrics.histogram({
      ...described('work_duration_seconds', 'Seconds that work on a key takes'),
      buckets: queueDurationBuckets,
    }),
  }
}

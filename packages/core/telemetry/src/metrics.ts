import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client'
import { type Exposition, expose, type MetricFamily, type MetricsSource } from './exposition.ts'

/** Label values by name; a label that is left out is exposed as an empty value. */
export type Labels = Readonly<Record<string, string>>

/** A number that only grows. */
export interface Counter {
  /** Adds `by`, default 1. */
  inc(labels?: Labels, by?: number): void
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void
  inc(labels?: Labels, by?: number): void
  dec(labels?: Labels, by?: number): void
  /** Forgets the series with these labels. */
  remove(labels: Labels): void
}

/** A distribution over buckets. */
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

/** What every family is described by. */
export interface MetricOptions {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly string[] | undefined
}

/** Description of a histogram. */
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending, without the infinite one. */
  readonly buckets: readonly number[]
}

/**
 * The metrics of one part of a process. Asking twice for a name with the same kind and labels returns the same family;
 * asking with others throws an Error, as two owners would then fight over it.
 */
export interface MetricsRegistry extends MetricsSource {
  /**
   * `collect` is called before each exposition and returns the total so far, for counts kept elsewhere. Everybody who asks for
   * the family may give one: the counter is their sum, in which a function counts once.
   */
  counter(options: MetricOptions, collect?: () => number): Counter
  /** `collect` is called before each exposition to set the gauge. Everybody who asks for the family may give one; they are called in turn. */
  gauge(options: MetricOptions, collect?: CollectGauge): Gauge
  histogram(options: HistogramOptions): Histogram
}

/** Sets a gauge to what is true now. */
export type CollectGauge = (gauge: Gauge) => void | Promise<void>

/** Settings of {@link createMetrics}. */
export interface MetricsOptions {
  /** Labels added to every sample. */
  readonly constantLabels?: Labels | undefined
  /** Told when a family could not be collected; the others are exposed nevertheless. */
  readonly onCollectError?: ((name: string, error: unknown) => void) | undefined
}

/** A registry of its own; the library's global one is never used. */
export function createMetrics(options: MetricsOptions = {}): MetricsRegistry {
  const registry = new Registry()
  if (options.constantLabels !== undefined) registry.setDefaultLabels(options.constantLabels)
  const signatures = new Map<string, string>()
  const counters = new Map<string, CounterFamily>()
  const gauges = new Map<string, GaugeFamily>()
  const histograms = new Map<string, Histogram>()

  const register = <T>(known: Map<string, T>, kind: string, o: MetricOptions, make: () => T): T => {
    const signature = `${kind}(${(o.labelNames ?? []).join(',')})`
    const registered = signatures.get(o.name) ?? signature
    if (registered !== signature) throw new Error(`metric ${o.name} is registered as ${registered}, not ${signature}`)
    const family = known.get(o.name) ?? make()
    signatures.set(o.name, signature)
    known.set(o.name, family)
    return family
  }

  const gather = async (): Promise<readonly MetricFamily[]> => {
    const gathered: MetricFamily[] = []
    for (const name of signatures.keys()) {
      try {
        gathered.push(toFamily(name, await registry.getSingleMetricAsString(name)))
      } catch (error) {
        options.onCollectError?.(name, error)
      }
    }
    return gathered
  }

  return {
    counter(o, collect) {
      const { counter, collectors } = register(counters, 'counter', o, () => createCounter(registry, o))
      if (collect !== undefined) collectors.add(collect)
      return counter
    },
    gauge(o, collect) {
      const { gauge, collectors } = register(gauges, 'gauge', o, () => createGauge(registry, o))
      if (collect !== undefined) collectors.add(collect)
      return gauge
    },
    histogram: (o) => register(histograms, 'histogram', o, () => createHistogram(registry, o)),
    gather,
    expose: async (): Promise<Exposition> => expose(await gather()),
  }
}

interface CounterFamily {
  readonly counter: Counter
  readonly collectors: Set<() => number>
}

function createCounter(registry: Registry, options: MetricOptions): CounterFamily {
  const collectors = new Set<() => number>()
  const inner = new PromCounter({
    ...described(registry, options),
    collect(): void {
      if (collectors.size === 0) return
      this.reset()
      for (const collect of collectors) this.inc(collect())
    },
  })
  return { counter: { inc: (labels, by = 1) => inner.inc(complete(options, labels), by) }, collectors }
}

interface GaugeFamily {
  readonly gauge: Gauge
  readonly collectors: Set<CollectGauge>
}

function createGauge(registry: Registry, options: MetricOptions): GaugeFamily {
  const collectors = new Set<CollectGauge>()
  const inner = new PromGauge({
    ...described(registry, options),
    async collect(): Promise<void> {
      for (const collect of collectors) await collect(gauge)
    },
  })
  const gauge: Gauge = {
    set: (value, labels) => inner.set(complete(options, labels), value),
    inc: (labels, by = 1) => inner.inc(complete(options, labels), by),
    dec: (labels, by = 1) => inner.dec(complete(options, labels), by),
    remove: (labels) => inner.remove(complete(options, labels)),
  }
  return { gauge, collectors }
}

function createHistogram(registry: Registry, options: HistogramOptions): Histogram {
  const histogram = new PromHistogram({ ...described(registry, options), buckets: [...options.buckets] })
  return { observe: (value, labels) => histogram.observe(complete(options, labels), value) }
}

function described(registry: Registry, { name, help, labelNames = [] }: MetricOptions) {
  return { name, help, labelNames: [...labelNames], registers: [registry] }
}

function complete({ labelNames = [] }: MetricOptions, labels: Labels = {}): Record<string, string> {
  return { ...Object.fromEntries(labelNames.map((name) => [name, ''])), ...labels }
}

function toFamily(name: string, text: string): MetricFamily {
  const [help = '', type = '', ...samples] = text.split('\n')
  return { name, help, type, samples }
}

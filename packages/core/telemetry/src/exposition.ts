/** Metrics as an HTTP body. */
export interface Exposition {
  readonly contentType: string
  readonly body: string
}

/** One family in the Prometheus text format. */
export interface MetricFamily {
  readonly name: string
  /** Its `# HELP` line. */
  readonly help: string
  /** Its `# TYPE` line. */
  readonly type: string
  /** Its sample lines, without newlines. */
  readonly samples: readonly string[]
}

/** Anything that has metrics to show. */
export interface MetricsSource {
  gather(): Promise<readonly MetricFamily[]>
  expose(): Promise<Exposition>
}

/** The Prometheus text format 0.0.4, families sorted by name as the Go library does. */
export function expose(families: readonly MetricFamily[]): Exposition {
  const sorted = families.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const lines = sorted.flatMap(({ help, type, samples }) => [help, type, ...samples])
  return { contentType: 'text/plain; version=0.0.4; charset=utf-8', body: lines.map((line) => `${line}\n`).join('') }
}

/**
 * Several registries as one. A family that several have is shown once, with the samples of all; where two have the same
 * sample (as two parts of one process do for `process_start_time_seconds`) the first one's is shown, since a scraper rejects doubles.
 */
export function mergeMetrics(...sources: readonly MetricsSource[]): MetricsSource {
  const gather = async (): Promise<readonly MetricFamily[]> => {
    const merged = new Map<string, { family: MetricFamily; samples: Map<string, string> }>()
    for (const families of await Promise.all(sources.map((source) => source.gather()))) {
      for (const family of families) {
        const entry = merged.get(family.name) ?? { family, samples: new Map<string, string>() }
        merged.set(family.name, entry)
        for (const line of family.samples) {
          const series = line.slice(0, line.lastIndexOf(' '))
          if (!entry.samples.has(series)) entry.samples.set(series, line)
        }
      }
    }
    return [...merged.values()].map(({ family, samples }) => ({ ...family, samples: [...samples.values()] }))
  }
  return { gather, expose: async () => expose(await gather()) }
}

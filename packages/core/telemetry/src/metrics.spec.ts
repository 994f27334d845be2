import { describe, expect, it } from 'vitest'
import { mergeMetrics } from './exposition.ts'
import { createMetrics } from './metrics.ts'
import { registerProcessMetrics } from './process-metrics.ts'

const callSeconds = {
  name: 'csi_sidecar_operations_seconds',
  help: 'Duration.',
  labelNames: ['method_name', 'code'],
  buckets: [0.1, 2.5],
}

describe('createMetrics', () => {
  it('exposes the Prometheus text format, sorted by name, labels that were left out empty', async () => {
    const metrics = createMetrics()
    metrics.histogram(callSeconds).observe(0.2, { method_name: '/csi.v1.Identity/Probe' })
    metrics.counter({ name: 'a_total', help: 'Line\nbreak.' }).inc()
    metrics.gauge({ name: 'b', help: 'B.', labelNames: ['x'] }).set(-1.5, { x: 'q"\\\n' })
    expect(await metrics.expose()).toEqual({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: `# HELP a_total Line\\nbreak.
# TYPE a_total counter
a_total 1
# HELP b B.
# TYPE b gauge
b{x="q\\"\\\\\\n"} -1.5
# HELP csi_sidecar_operations_seconds Duration.
# TYPE csi_sidecar_operations_seconds histogram
csi_sidecar_operations_seconds_bucket{le="0.1",method_name="/csi.v1.Identity/Probe",code=""} 0
csi_sidecar_operations_seconds_bucket{le="2.5",method_name="/csi.v1.Identity/Probe",code=""} 1
csi_sidecar_operations_seconds_bucket{le="+Inf",method_name="/csi.v1.Identity/Probe",code=""} 1
csi_sidecar_operations_seconds_sum{method_name="/csi.v1.Identity/Probe",code=""} 0.2
csi_sidecar_operations_seconds_count{method_name="/csi.v1.Identity/Probe",code=""} 1
`,
    })
  })

  it('returns the same family for the same name, and refuses other labels or kinds', async () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'a_total', help: 'A.', labelNames: ['x'] }).inc({ x: '1' })
    metrics.counter({ name: 'a_total', help: 'A.', labelNames: ['x'] }).inc({ x: '1' }, 2)
    expect((await metrics.expose()).body).toContain('a_total{x="1"} 3\n')
    expect(() => metrics.counter({ name: 'a_total', help: 'A.' })).toThrow(
      'a_total is registered as counter(x), not counter()',
    )
    expect(() => metrics.gauge({ name: 'a_total', help: 'A.', labelNames: ['x'] })).toThrow('not gauge(x)')
  })

  it('adds constant labels to every sample', async () => {
    const metrics = createMetrics({ constantLabels: { sidecar: 'attacher' } })
    metrics.counter({ name: 'a_total', help: 'A.', labelNames: ['x'] }).inc({ x: '1' })
    metrics.histogram({ name: 'h', help: 'H.', buckets: [1] }).observe(1)
    expect((await metrics.expose()).body).toContain('a_total{x="1",sidecar="attacher"} 1\n')
    expect((await metrics.expose()).body).toContain('h_count{sidecar="attacher"} 1\n')
  })

  it('collects gauges and counters when asked; one that fails does not hide the others', async () => {
    const failures: string[] = []
    const metrics = createMetrics({ onCollectError: (name, error) => failures.push(`${name}: ${String(error)}`) })
    let reads = 0
    metrics.gauge({ name: 'reads', help: 'R.' }, async (gauge) => gauge.set(++reads))
    metrics.gauge({ name: 'broken', help: 'B.' }, () => {
      throw new Error('no')
    })
    metrics.counter({ name: 'total', help: 'T.' }, () => 7)
    await metrics.expose()
    const { body } = await metrics.expose()
    expect(body).toContain('reads 2\n')
    expect(body).toContain('total 7\n')
    expect(body).not.toContain('broken')
    expect(failures).toEqual(['broken: Error: no', 'broken: Error: no'])
  })

  it('asks everybody who shares a family', async () => {
    const metrics = createMetrics()
    const depth = { name: 'depth', help: 'D.', labelNames: ['queue'] }
    metrics.gauge(depth)
    metrics.gauge(depth, (gauge) => gauge.set(1, { queue: 'a' }))
    metrics.gauge(depth, async (gauge) => gauge.set(2, { queue: 'b' }))
    metrics.counter({ name: 'total', help: 'T.' })
    metrics.counter({ name: 'total', help: 'T.' }, () => 3)
    metrics.counter({ name: 'total', help: 'T.' }, () => 4)
    await metrics.expose()
    const { body } = await metrics.expose()
    expect(body).toContain('depth{queue="a"} 1\ndepth{queue="b"} 2\n')
    expect(body).toContain('total 7\n')
  })

  it('forgets a series that is removed', async () => {
    const metrics = createMetrics()
    const gauge = metrics.gauge({ name: 'g', help: 'G.', labelNames: ['x'] })
    gauge.inc({ x: '1' }, 5)
    gauge.dec({ x: '2' })
    gauge.remove({ x: '1' })
    expect((await metrics.expose()).body).toBe('# HELP g G.\n# TYPE g gauge\ng{x="2"} -1\n')
  })
})

describe('mergeMetrics', () => {
  it('shows a family that several have once, with the samples of all, and a sample that several have once', async () => {
    const [a, b] = [createMetrics(), createMetrics()]
    for (const [metrics, driver] of [
      [a, 'x'],
      [b, 'y'],
    ] as const) {
      metrics.counter({ name: 'calls_total', help: 'C.', labelNames: ['driver'] }).inc({ driver })
      registerProcessMetrics(metrics, { startTimeMs: 1_000 })
    }
    const { body } = await mergeMetrics(a, b).expose()
    expect(body).toContain(
      '# HELP calls_total C.\n# TYPE calls_total counter\ncalls_total{driver="x"} 1\ncalls_total{driver="y"} 1\n',
    )
    expect(body.match(/^process_start_time_seconds /gm)).toHaveLength(1)
  })
})

describe('registerProcessMetrics', () => {
  it('tells about this process', async () => {
    const metrics = createMetrics()
    registerProcessMetrics(metrics, { startTimeMs: 1_500 })
    registerProcessMetrics(metrics, { startTimeMs: 1_500 })
    const before = process.cpuUsage()
    const { body } = await metrics.expose()
    const values: Record<string, number> = Object.fromEntries(
      [...body.matchAll(/^(process_\w+) (.+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    )
    expect(values).toEqual({
      process_start_time_seconds: 1.5,
      process_cpu_seconds_total: expect.closeTo((before.user + before.system) / 1e6, 1),
      process_resident_memory_bytes: expect.any(Number),
      process_virtual_memory_bytes: expect.any(Number),
      process_open_fds: expect.any(Number),
      process_max_fds: expect.any(Number),
    })
    expect(Math.min(...Object.values(values))).toBeGreaterThan(0)
  })
})

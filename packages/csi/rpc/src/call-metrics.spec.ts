import { createMetrics } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { createCallMetrics } from './call-metrics.ts'

const probe = '/csi.v1.Identity/Probe'

async function linesOf(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return (await metrics.expose()).body.trim().split('\n')
}

describe('createCallMetrics', () => {
  it('exposes upstream name, help text, buckets and labels (must get right 9)', async () => {
    const metrics = createMetrics()
    createCallMetrics(metrics, { subsystem: 'csi_sidecar' }).observe(probe, 'OK', 0.3)
    const labels = `driver_name="unknown-driver",method_name="${probe}",grpc_status_code="OK"`
    const bounds = ['0.1', '0.25', '0.5', '1', '2.5', '5', '10', '15', '25', '50', '120', '300', '600', '+Inf']
    const lines = await linesOf(metrics)
    expect(lines.slice(0, 2)).toEqual([
      '# HELP csi_sidecar_operations_seconds [ALPHA] Container Storage Interface operation duration with gRPC error code status total',
      '# TYPE csi_sidecar_operations_seconds histogram',
    ])
    expect(lines.slice(2).map(sortLabels)).toEqual(
      [
        ...bounds.map(
          (le, index) => `csi_sidecar_operations_seconds_bucket{le="${le}",${labels}} ${index < 2 ? 0 : 1}`,
        ),
        `csi_sidecar_operations_seconds_sum{${labels}} 0.3`,
        `csi_sidecar_operations_seconds_count{${labels}} 1`,
      ].map(sortLabels),
    )
  })

  it('labels calls with the driver name from the moment when it is known', async () => {
    const metrics = createMetrics()
    const calls = createCallMetrics(metrics, { subsystem: 'csi_plugin' })
    calls.observe(probe, 'OK', 1)
    calls.setDriverName('a.example.com')
    calls.observe(probe, 'NotFound', 1)
    const counts = (await linesOf(metrics)).filter((line) => line.startsWith('csi_plugin_operations_seconds_count'))
    expect(counts.map((line) => /driver_name="([^"]*)"/.exec(line)?.[1])).toEqual(['unknown-driver', 'a.example.com'])
  })

  it('has the migrated label only for migrated drivers (must get right 10)', async () => {
    const metrics = createMetrics()
    const calls = createCallMetrics(metrics, { subsystem: 'csi_sidecar', migration: true })
    calls.observe(probe, 'OK', 1)
    calls.observe(probe, 'OK', 1, { migrated: true })
    const counts = (await linesOf(metrics)).filter((line) => line.includes('_count{'))
    expect(counts.map((line) => /migrated="([^"]*)"/.exec(line)?.[1])).toEqual(['false', 'true'])

    const without = createMetrics()
    createCallMetrics(without, { subsystem: 'csi_sidecar' }).observe(probe, 'OK', 1, { migrated: true })
    expect((await without.expose()).body).not.toContain('migrated')
  })
})

function sortLabels(line: string): string {
  return line.replace(/\{(.*)\}/, (_match, labels: string) => `{${labels.split(',').toSorted().join(',')}}`)
}

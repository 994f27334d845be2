export {
  createHealthCheck,
  type HealthCheck,
  type HealthCheckOptions,
  type HealthOutcome,
  type HealthReport,
} from './health-check.ts'
export { createHealthMetrics, type HealthMetrics } from './health-metrics.ts'
export { type ServeHealthOptions, serveHealth } from './health-server.ts'

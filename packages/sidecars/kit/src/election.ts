import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import {
  createEventRecorder,
  createLeaderElector,
  type EventRecorder,
  type LeaderElector,
  type Needs,
} from '@csi-ts/kube-controller'
import type { ProcessContext } from '@csi-ts/process'
import type { MetricsRegistry } from '@csi-ts/telemetry'
import type { LeaderElectionOptions } from './common-flags.ts'
import { toLeaseName } from './lease-name.ts'
import { leaderIdentity, leaseNamespace } from './pod-identity.ts'

/** What an election reads and writes, in the namespace of the lease; for RBAC. */
export function electionNeeds(namespace: string): Needs {
  return [
    { resource: resources.leases, namespace, verbs: ['get', 'create', 'update'] },
    { resource: resources.events, namespace, verbs: ['create', 'patch'] },
  ]
}

/** An election and the recorder of its events. */
export interface Election {
  readonly elector: LeaderElector
  readonly events: EventRecorder
}

/** Settings of {@link createElection}. */
export interface ElectionSettings {
  readonly client: KubeClient
  /** Name of the lock, before it is made a lease name. */
  readonly lockName: string
  readonly releaseOnExit: boolean
  readonly metrics: MetricsRegistry
}

/** The election that the flags ask for, under the lease name, identity and event source that upstream uses. */
export async function createElection(
  options: LeaderElectionOptions,
  { client, lockName, releaseOnExit, metrics }: ElectionSettings,
  ctx: ProcessContext,
): Promise<Election> {
  const { clock, log } = ctx
  const namespace = await leaseNamespace(options.leaderElectionNamespace, ctx)
  const identity = await leaderIdentity(ctx)
  // Whatever limit the work has, the lease must be renewed in time.
  const unlimited = client.withRateLimit(undefined)
  const events = createEventRecorder({ client: unlimited, component: `${lockName}/${identity}`, clock, log })
  const elector = createLeaderElector({
    client: unlimited,
    lease: { namespace, name: toLeaseName(lockName) },
    identity,
    leaseDurationMs: options.leaderElectionLeaseDurationMs,
    renewDeadlineMs: options.leaderElectionRenewDeadlineMs,
    retryPeriodMs: options.leaderElectionRetryPeriodMs,
    labels: options.leaderElectionLabels,
    releaseOnExit,
    clock,
    log,
    metrics,
    events,
  })
  return { elector, events }
}

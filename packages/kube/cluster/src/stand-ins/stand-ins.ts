import type { KubeClient } from '@csi-ts/kube-client'
import { createEventRecorder, createInformers } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { binderNeeds, runBinder } from './binder.ts'
import { type KubeletOptions, kubeletNeeds, startKubelet } from './kubelet.ts'
import { protectionNeeds, runProtection } from './protection.ts'
import { runScheduler, schedulerNeeds } from './scheduler.ts'

/** The running control plane stand-ins and one node. */
export interface StandIns {
  /** Resolves when the signal fired and everything has stopped. */
  readonly stopped: Promise<void>
}

/**
 * Starts binder, protection controllers, scheduler and one kubelet over one set of informers. Returns when their
 * caches are filled and the node is registered.
 */
export async function startStandIns(
  options: { readonly client: KubeClient; readonly kubelet: KubeletOptions },
  ctx: WorkContext,
): Promise<StandIns> {
  const { client } = options
  const informers = createInformers({ client, log: ctx.log })
  for (const needs of [binderNeeds, protectionNeeds, schedulerNeeds, kubeletNeeds]) informers.register(needs)
  const recorder = (component: string): ReturnType<typeof createEventRecorder> =>
    createEventRecorder({ client, component, log: ctx.log })
  const events = {
    binder: recorder('persistentvolume-controller'),
    scheduler: recorder('default-scheduler'),
    kubelet: recorder('kubelet'),
  }
  informers.start(ctx)
  await informers.synced(ctx)
  const kubelet = await startKubelet({ client, informers, events: events.kubelet }, options.kubelet, ctx)
  const running = [
    runBinder({ client, informers, events: events.binder }, ctx),
    runProtection({ client, informers }, ctx),
    runScheduler({ client, informers, events: events.scheduler }, ctx),
    kubelet.stopped,
    informers.stopped,
  ]
  const stopped = Promise.all(running).then(() => {
    for (const one of Object.values(events)) one.close()
  })
  return { stopped }
}

export { type Controller, type ControllerOptions, createController } from './controller.ts'
export {
  createEventRecorder,
  type EventDetails,
  type EventRecorder,
  type EventRecorderOptions,
} from './events/event-recorder.ts'
export { type GracefulOptions, GracefulStop, stopGracefully, WorkAbandonedError } from './graceful-stop.ts'
export { cacheReadiness } from './informer/cache-readiness.ts'
export { type Cached, type DeepReadonly, deepFreeze } from './informer/cached.ts'
export type { EventHandler, HandlerRegistration, Informer } from './informer/informer.ts'
export { createInformers, type InformerStatus, type Informers, type InformersOptions } from './informer/informers.ts'
export type { Lister } from './informer/lister.ts'
export { UnnamedFieldError } from './informer/strict-fields.ts'
export type { ElectionTiming } from './leader-election/election-timing.ts'
export {
  createLeaderElector,
  type LeaderElector,
  type LeaderElectorOptions,
  LeaseLostError,
} from './leader-election/leader-elector.ts'
export type { LeaseName } from './leader-election/lease-lock.ts'
export { createManager, type Manager, type ManagerOptions, type Runnable } from './manager.ts'
export { type IndexFunction, type InformerScope, type Needs, need, type ResourceNeed, type Verb } from './needs.ts'
export {
  bucketLimiter,
  defaultLimiter,
  type ItemLimiterOptions,
  itemExponentialLimiter,
  maxOf,
  type RateLimiter,
} from './queue/rate-limiter.ts'
export type { TokenBucketOptions } from './queue/token-bucket.ts'
export { type AddOptions, createWorkQueue, type WorkQueue, type WorkQueueOptions } from './queue/work-queue.ts'
export { done, type ReconcileResult, type Reconciler, requeueAfter, TerminalError } from './reconciler.ts'

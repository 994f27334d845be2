import type { KubeObject, ObjectRef, Pod, ResourceType } from '@csi-ts/kube-api'
import type { KubeClient, NewObject } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'

export type {
  CSIDriver,
  KubeObject,
  ObjectRef,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '@csi-ts/kube-api'
export { keyOf, resources } from '@csi-ts/kube-api'
export type { NewObject } from '@csi-ts/kube-client'

/** A program of ours that a cluster runs as a process of its own. */
export type ComponentName =
  | 'external-provisioner'
  | 'node-driver-registrar'
  | 'livenessprobe'
  | 'driver-hostpath'
  | 'mock-driver'

/** How to start one component. */
export interface ComponentSpec {
  readonly component: ComponentName
  /** Name of this instance, unique in the cluster; log file and process are known by it. Default: the component's name. */
  readonly name?: string
  /** Flags besides those that the cluster fills in itself (see {@link Cluster.start}). */
  readonly args?: readonly string[]
  /** API requests of this component pass the fault proxy. Default false. */
  readonly throughFaultProxy?: boolean
}

/** A running component. */
export interface RunningComponent {
  readonly name: string
  readonly pid: number
  /** Resolves when the process has ended, however it did. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>
  /** Everything that the process has written so far. */
  output(): string
  /** Where it answers HTTP (`http://127.0.0.1:PORT`), for components that do. */
  readonly httpUrl: string
}

/** Which API request a fault is for; every field that is given must match. */
export interface RequestMatch {
  readonly verb?: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  /** Plural name, e.g. `persistentvolumes`; with `/status` for a subresource. */
  readonly resource?: string
  readonly name?: string
  readonly namespace?: string
}

/**
 * What happens to a matching request. `before`: the API server has not seen it. `after`: the API server has carried it
 * out and the answer has not been sent on.
 */
export interface Fault {
  readonly match: RequestMatch
  readonly when: 'before' | 'after'
  readonly action:
    | { readonly kind: 'hold' }
    | { readonly kind: 'delay'; readonly ms: number }
    /** Answers with a Status of this code instead. */
    | { readonly kind: 'fail'; readonly code: number; readonly reason?: string; readonly retryAfterSeconds?: number }
    /** Closes the connection without an answer. */
    | { readonly kind: 'cut' }
    /** Kills a component, then closes the connection. */
    | { readonly kind: 'kill'; readonly component: RunningComponent }
  /** How many requests it applies to. Default 1. */
  readonly times?: number
}

/** A fault that has been set. */
export interface SetFault {
  /** Resolves when the first matching request stands at the fault. */
  readonly reached: Promise<void>
  /** Lets held requests go on, and ends the fault. */
  release(): void
}

/** What the driver under test holds: asked of the backend itself, not of Kubernetes. */
export interface Backend {
  /** Ids of the volumes that exist in the driver's storage now. */
  volumes(): Promise<readonly string[]>
}

/**
 * A cluster that scenarios run on: the embedded one or real Kubernetes. Every waiting method ends with an error that
 * says what it waited for and what it saw last.
 */
export interface Cluster {
  readonly kind: 'embedded' | 'kubernetes'
  /** An administrator's client, straight to the API server. */
  readonly client: KubeClient
  /** The node that pods run on. */
  readonly nodeName: string
  readonly ctx: WorkContext
  readonly backend: Backend
  /** Creates the object, or returns the one that is there. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: NewObject<T>): Promise<T>
  /** Waits by watch until the object satisfies the condition. Default timeout 60 s. */
  waitFor<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    what: string,
    condition: (object: T) => boolean,
    options?: { readonly timeoutMs?: number },
  ): Promise<T>
  /** Waits by watch until the object does not exist. */
  waitGone<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    options?: { readonly timeoutMs?: number },
  ): Promise<void>
  /** Deletes the object; a missing one is fine. */
  delete<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): Promise<void>
  /** A pod manifest that mounts the claim at `/data` and stays until it is deleted; runnable on this cluster. */
  podUsing(
    claim: string,
    options: { readonly name: string; readonly namespace: string; readonly readOnly?: boolean },
  ): NewObject<Pod>
  /** Writes a file inside the running pod, by its path there. */
  writeFile(pod: ObjectRef, path: string, text: string): Promise<void>
  /** Reads a file inside the running pod. */
  readFile(pod: ObjectRef, path: string): Promise<string>
  /**
   * Starts a component. The cluster fills in its kubeconfig, the driver's socket, the node name, the registration
   * folder, and where the driver keeps its volumes.
   */
  start(spec: ComponentSpec): Promise<RunningComponent>
  /** Sets a fault for the components that were started with `throughFaultProxy`. */
  fault(fault: Fault): SetFault
}

/** A scenario: throws when the cluster does not behave. */
export interface Scenario {
  readonly name: string
  /** One line for listings and reports. */
  readonly title: string
  /** Resolves with what is worth a line in the report besides that it passed. */
  run(cluster: Cluster): Promise<string | undefined>
}

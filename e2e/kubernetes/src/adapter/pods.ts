import type { ObjectRef, Pod } from '@csi-ts/kube-api'
import type { NewObject } from '@csi-ts/kube-client'
import { busyboxImage } from '../cluster/images.ts'
import type { RunningCluster } from '../cluster/start-cluster.ts'

/** What a pod mounts, if anything. */
export interface PodOptions {
  readonly name: string
  readonly namespace: string
  readonly readOnly?: boolean
}

/** Prints a line and stays until it is told to go, which it does at once: a shell as first process needs the trap. */
const stay = 'echo started; trap exit TERM; sleep 2147483647 & wait'

/** A pod of one busybox container that mounts the claim, when there is one, at `/data`. */
export function busyboxPod(
  claim: string | undefined,
  { name, namespace, readOnly = false }: PodOptions,
): NewObject<Pod> {
  return {
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 5,
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image: busyboxImage,
          imagePullPolicy: 'Never',
          command: ['/bin/sh', '-c', stay],
          ...(claim === undefined ? {} : { volumeMounts: [{ name: 'data', mountPath: '/data', readOnly }] }),
        },
      ],
      ...(claim === undefined
        ? {}
        : { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim, readOnly } }] }),
    },
  }
}

/** Files inside running pods, through `kubectl exec`: API server, kubelet, container runtime, the container's own mounts. */
export interface PodFiles {
  writeFile(pod: ObjectRef, path: string, text: string): Promise<void>
  readFile(pod: ObjectRef, path: string): Promise<string>
}

/** Implements {@link PodFiles} by an administrator's kubectl. */
export function createPodFiles(kubectl: RunningCluster['kubectl']): PodFiles {
  return {
    async writeFile(pod, path, text) {
      await kubectl([...execIn(pod, '--stdin'), 'tee', path], { input: text })
    },
    readFile: (pod, path) => kubectl([...execIn(pod), 'cat', path]),
  }
}

function execIn(pod: ObjectRef, ...flags: readonly string[]): string[] {
  return ['exec', ...flags, `--namespace=${pod.namespace ?? 'default'}`, pod.name, '--']
}

import type { DeleteOutcome, Provisioner, ProvisionOutcome, ProvisionRequest } from '../provisioner.ts'

/** A provisioner whose storage is a set of names, and whose next answers a test decides. */
export class FakeProvisioner implements Provisioner {
  readonly names: readonly string[] = ['fake.example.com']
  /** Names of the volumes that exist. */
  readonly storage: Set<string> = new Set()
  /** Requests so far. */
  readonly requests: ProvisionRequest[] = []
  /** Called when a request arrives, before it is answered. */
  onRequest: () => void = () => undefined
  readonly #outcomes: (() => Promise<ProvisionOutcome>)[] = []
  readonly #deletions: (() => Promise<DeleteOutcome>)[] = []

  /** Answers the next request with this outcome, and makes nothing. */
  answer(outcome: ProvisionOutcome): void {
    this.#outcomes.push(() => Promise.resolve(outcome))
  }

  /** Throws at the next request. */
  fail(error: unknown): void {
    this.#outcomes.push(() => Promise.reject(error))
  }

  /** Throws at the next deletion. */
  failDeletion(error: unknown): void {
    this.#deletions.push(() => Promise.reject(error))
  }

  volumeName({ metadata: { uid } }: Parameters<Provisioner['volumeName']>[0]): string {
    return `pvc-${uid}`
  }

  owns(volume: Parameters<Provisioner['owns']>[0]): boolean {
    return volume.spec.csi?.driver === this.names[0]
  }

  storageId(volume: Parameters<Provisioner['storageId']>[0]): string | undefined {
    return volume.spec.csi?.volumeHandle
  }

  async provision(request: ProvisionRequest): Promise<ProvisionOutcome> {
    this.requests.push(request)
    this.onRequest()
    const scripted = this.#outcomes.shift()
    if (scripted !== undefined) return await scripted()
    this.storage.add(request.volumeName)
    const csi = { driver: 'fake.example.com', volumeHandle: request.volumeName }
    return { kind: 'provisioned', volume: { metadata: { name: request.volumeName }, spec: { csi } } }
  }

  async deleteStorage(volume: Parameters<Provisioner['deleteStorage']>[0]): Promise<DeleteOutcome> {
    const scripted = this.#deletions.shift()
    if (scripted !== undefined) return await scripted()
    this.storage.delete(this.storageId(volume) ?? '')
    return { kind: 'deleted' }
  }
}

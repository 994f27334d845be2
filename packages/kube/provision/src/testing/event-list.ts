import type { EventRecorder } from '@csi-ts/kube-controller'

/** An event that was recorded. */
export interface ListedEvent {
  readonly type: 'Normal' | 'Warning'
  readonly object: string
  readonly reason: string
  readonly message: string
}

/** A recorder that keeps what it is told. */
export class EventList implements Pick<EventRecorder, 'normal' | 'warning'> {
  readonly events: ListedEvent[] = []

  normal(object: Parameters<EventRecorder['normal']>[0], reason: string, message: string): void {
    this.events.push({ type: 'Normal', object: object.metadata.name, reason, message })
  }

  warning(object: Parameters<EventRecorder['warning']>[0], reason: string, message: string): void {
    this.events.push({ type: 'Warning', object: object.metadata.name, reason, message })
  }

  /** Messages of the events of that reason. */
  messages(reason: string): readonly string[] {
    return this.events.filter((event) => event.reason === reason).map(({ message }) => message)
  }
}

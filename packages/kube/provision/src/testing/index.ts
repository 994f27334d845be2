export { EventList, type ListedEvent } from './event-list.ts'
export { FakeProvisioner } from './fake-provisioner.ts'
export { ObjectList } from './object-list.ts'

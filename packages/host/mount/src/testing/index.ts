export { type FakeCommand, FakeExec } from './fake-exec.ts'
export { FakeMounter, type FakeMountStep } from './fake-mounter.ts'
export { type BindFixture, createBindFixture, createMountFixture, type MountFixture } from './mount-fixture.ts'

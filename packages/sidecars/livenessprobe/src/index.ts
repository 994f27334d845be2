export { defaultHealthPort, flags, type LivenessprobeOptions } from './flags.ts'
export { createLivenessprobe, type Livenessprobe, type LivenessprobeDeps } from './sidecar.ts'

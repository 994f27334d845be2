export { type CheckRegistrationOptions, checkRegistration, type RegistrationReport } from './registration-probe.ts'
export { registrationSocketPath } from './registration-socket.ts'
export type { RegistrationStatus } from './registration-state.ts'
export { type Registration, type ServeRegistrationOptions, serveRegistration } from './serve-registration.ts'

export { inMemoryClient } from './in-memory-client.ts'
export { serveInTempDir, type TempServer } from './serve-in-temp-dir.ts'

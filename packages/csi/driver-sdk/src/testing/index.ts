export { type InMemoryDriver, inMemoryDriver } from './in-memory-driver.ts'

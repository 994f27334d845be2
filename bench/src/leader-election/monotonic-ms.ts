/** The system's monotonic clock in milliseconds: the same in every process, and running on while one is stopped. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** What has been started and must be closed, the latest first. */
export interface Closers {
  add(close: () => unknown): void
  /** Closes everything once; a closer that fails does not keep the others from running, and the first failure is thrown. */
  readonly closeAll: () => Promise<void>
}

/** An empty list. */
export function createClosers(): Closers {
  const closers: (() => unknown)[] = []
  return {
    add: (close) => void closers.push(close),
    async closeAll() {
      const failures: unknown[] = []
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

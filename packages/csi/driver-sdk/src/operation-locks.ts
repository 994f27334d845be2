import { KeyedLocks, KeyHeldError } from '@csi-ts/concurrency'
import { Code, CsiError } from '@csi-ts/csi-rpc'

/**
 * One operation at a time per volume, snapshot, name or path. A second call does not wait, which would tie it to a
 * deadline that it cannot keep: it is answered Aborted and the caller tries again.
 */
export class OperationLocks {
  readonly #locks = new KeyedLocks()

  /**
   * Takes all keys before it returns, or none; lets them go when the work has really ended, also when its caller has not
   * waited for it.
   * @throws CsiError Aborted, naming the key that is held
   */
  async run<T>(keys: string | readonly string[], fn: () => Promise<T>): Promise<T> {
    try {
      return await this.#locks.tryRun(keys, fn)
    } catch (error) {
      if (!(error instanceof KeyHeldError)) throw error
      throw new CsiError(Code.Aborted, `an operation on ${error.key} is pending`, { cause: error })
    }
  }

  /** True while an operation holds the key. */
  isHeld(key: string): boolean {
    return this.#locks.isHeld(key)
  }
}

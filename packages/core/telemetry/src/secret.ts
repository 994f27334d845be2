import { inspect } from 'node:util'

/** What is printed in place of a secret: the text of the Go sidecars, so that searches keep working. */
export const strippedText = '***stripped***'

/** Carries a value that no log, JSON text, template string or `inspect` shows. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
    Object.defineProperty(this, inspect.custom, { value: () => strippedText })
  }

  /** The value, for the one place that needs it. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return strippedText
  }

  toJSON(): string {
    return strippedText
  }
}

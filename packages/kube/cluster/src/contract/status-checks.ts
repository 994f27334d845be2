import assert from 'node:assert/strict'
import type { Answer } from './contract-context.ts'

/** What a refusal has to look like; only what is given is compared. */
export interface ExpectedStatus {
  readonly code: number
  readonly reason?: string
  /** The whole message. */
  readonly message?: string
  /** How the message starts: the rest is the real server's own formatting of objects. */
  readonly starts?: string
}

/** Fails unless the answer is this refusal. */
export function assertStatus({ code, body }: Answer, expected: ExpectedStatus): void {
  const message = String(body['message'])
  assert.equal(code, expected.code, message)
  assert.equal(body.kind, 'Status')
  if (expected.reason !== undefined) assert.equal(body['reason'], expected.reason)
  if (expected.message !== undefined) assert.equal(message, expected.message)
  if (expected.starts !== undefined) assert.equal(message.slice(0, expected.starts.length), expected.starts)
}

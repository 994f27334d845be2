import { ApiError } from '@csi-ts/kube-client'
import { expect, onTestFinished } from 'vitest'
import { type InformersSetup, setupInformers } from './informers-setup.ts'

/** {@link setupInformers} for one test, at whose end they are stopped and must have left no timer. */
export function useInformers(...options: Parameters<typeof setupInformers>): InformersSetup {
  const all = setupInformers(...options)
  onTestFinished(async () => {
    await all.end()
    expect(all.clock.pendingTimers).toBe(0)
  })
  return all
}

/** What a server says when it refuses a list or watch. */
export function serverError(code: number, reason = ''): ApiError {
  return new ApiError({ code, reason, message: `answered ${code}`, verb: 'list', path: '/' })
}

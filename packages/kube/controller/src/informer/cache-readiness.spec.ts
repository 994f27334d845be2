import { resources } from '@csi-ts/kube-api'
import { expect, it } from 'vitest'
import { volumeNeed, volumeOf } from '../testing/informers-setup.ts'
import { serverError, useInformers } from '../testing/use-informers.ts'
import { cacheReadiness } from './cache-readiness.ts'

it('is ready when every cache is filled, and stays so while a watch fails', async () => {
  const { api, informers, start, clock } = useInformers({
    needs: [volumeNeed, { resource: resources.pods, verbs: ['list', 'watch'], fields: [] }],
  })
  expect(cacheReadiness(informers)).toEqual({ ok: false, message: 'not read yet: persistentvolumes, pods' })
  api.put(resources.persistentVolumes, volumeOf('a'))
  api.faults = {
    before: ({ resource }) => {
      if (resource === 'pods') throw serverError(403, 'Forbidden')
    },
  }
  await start()
  expect(cacheReadiness(informers)).toEqual({
    ok: false,
    message: expect.stringMatching(/^not read yet: pods \(.*answered 403.*\)$/) as unknown,
  })
  api.faults = {}
  await clock.advance(60_000)
  expect(cacheReadiness(informers)).toEqual({ ok: true, message: 'ok' })
  api.faults = {
    before: () => {
      throw serverError(500)
    },
  }
  api.endWatches(serverError(500))
  await clock.advance(60_000)
  expect(cacheReadiness(informers)).toEqual({ ok: true, message: 'ok' })
})

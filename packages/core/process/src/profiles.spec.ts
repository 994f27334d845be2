import { silentLogger } from '@csi-ts/telemetry'
import { expect, it, onTestFinished } from 'vitest'
import { createHttpEndpoints } from './http-endpoints.ts'
import { serveProfiles } from './profiles.ts'

async function setup() {
  const endpoints = createHttpEndpoints({ log: silentLogger })
  onTestFinished(() => endpoints.close())
  serveProfiles(endpoints)
  const { address } = await endpoints.listen('127.0.0.1:0')
  return (path: string): Promise<Response> => fetch(`http://${address}/debug/pprof/${path}`)
}

it.each([
  { path: 'profile', key: 'samples' },
  { path: 'heap', key: 'samples' },
])('takes a $path of the time asked for', async ({ path, key }) => {
  const get = await setup()
  const answer = await get(`${path}?seconds=0.1`)
  expect(answer.status).toBe(200)
  expect(Object.keys((await answer.json()) as object)).toContain(key)
})

it('takes one at a time', async () => {
  const get = await setup()
  const statuses = await Promise.all([get('profile?seconds=0.3'), get('heap?seconds=0.3')])
  expect(statuses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 503])
  expect((await get('heap?seconds=0.05')).status).toBe(200)
})

it.each(['0', '-1', '301', 'x', ''])('refuses seconds=%s', async (seconds) => {
  const get = await setup()
  expect((await get(`profile?seconds=${seconds}`)).status).toBe(400)
})

it('lists what there is', async () => {
  const get = await setup()
  expect(await (await get('')).text()).toBe('profile?seconds=30\nheap?seconds=30\n')
  expect((await get('goroutine')).status).toBe(404)
})

import { expect, it } from 'vitest'
import { errorLines, useProcesses } from './testing/use-processes.ts'
import { useWorld } from './testing/use-world.ts'

const setup = useWorld()
const { start, flagsFor } = useProcesses()

// In a file of its own: it waits for half a minute, beside the others.
it('gives up after 30 s without a socket, with one line that names it, exit 1', { timeout: 60_000 }, async () => {
  const world = await setup({ start: false })
  const [kubeconfig = ''] = await flagsFor(world)
  const { code, stderr } = await start([kubeconfig, '--csi-address=/does/not/exist.sock']).exited
  expect(errorLines(stderr)).toEqual([expect.stringMatching(/cannot use the CSI driver.*\/does\/not\/exist\.sock/)])
  expect(code).toBe(1)
})

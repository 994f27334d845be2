import { afterAll, afterEach, beforeAll } from 'vitest'
import { startWorld, type World, type WorldOptions } from './world.ts'

/** For a spec: starts a world, which is closed, and checked, at the end of the test. */
export function useWorld(): (options?: WorldOptions) => Promise<World> {
  let world: World | undefined
  afterEach(async () => {
    const closing = world
    world = undefined
    await closing?.close()
  })
  return async (options) => {
    world = await startWorld(options)
    return world
  }
}

/** For a table of cases that do not touch each other: one world for all tests of the surrounding `describe`. */
export function useSharedWorld(options?: WorldOptions): () => World {
  let world: World | undefined
  beforeAll(async () => {
    world = await startWorld(options)
  })
  afterAll(async () => await world?.close())
  return () => {
    if (world === undefined) throw new Error('the world was not started')
    return world
  }
}

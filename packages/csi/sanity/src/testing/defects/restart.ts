import type { Defect } from '../defect.ts'

/** What can go wrong when a driver stops and starts again; each is seeded when it starts. */
export const restartDefects: readonly Defect[] = [
  {
    id: 'restart-forgets-volumes',
    fault: 'volumes are only kept in memory',
    rule: 'volumes outlive the plugin',
    foundBy: 'Restart: a volume is the same volume afterwards',
    seed: (state) => {
      state.volumes.clear()
      return {}
    },
  },
  {
    id: 'restart-forgets-snapshots',
    fault: 'snapshots are only kept in memory',
    rule: 'snapshots outlive the plugin',
    foundBy: 'Restart: snapshots are listed afterwards',
    seed: (state) => {
      state.snapshots.clear()
      return {}
    },
  },
  {
    id: 'restart-forgets-mounts',
    fault:
      'what is staged and published is only kept in memory: after a restart a volume cannot be unpublished cleanly',
    rule: 'a restarted plugin works its state out again',
    foundBy: 'Restart: a published volume is published again and then unpublished, as if nothing had been',
    seed: (state) => {
      for (const { staged, published } of state.volumes.values()) {
        staged.clear()
        published.clear()
      }
      return {}
    },
  },
]

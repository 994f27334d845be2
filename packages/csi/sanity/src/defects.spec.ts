import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { conformanceCases } from './cases/index.ts'
import { runSuite } from './run-suite.ts'
import { defects } from './testing/defects/index.ts'
import { createModelTarget } from './testing/model-target.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }

describe('the suite', () => {
  it('passes a driver that is right, and skips nothing but the attach limit', async () => {
    await using model = await createModelTarget()
    const results = await runSuite(model.target, { suite: model.suite }, ctx)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.filter(({ status }) => status === 'skipped').map(({ message }) => message)).toEqual([
      'not asked for: the attach limit of a node can be large',
    ])
  })

  it('has a name of its own for every case', () => {
    expect(new Set(conformanceCases.map(({ name }) => name)).size).toBe(conformanceCases.length)
  })

  it.each(defects)('finds $id', async (defect) => {
    await using model = await createModelTarget(defect)
    const cases = conformanceCases.filter(({ name }) => name === defect.foundBy)
    const results = await runSuite(model.target, { suite: model.suite, cases }, ctx)
    expect(results.map(({ status }) => status)).toEqual(['failed'])
  })
})

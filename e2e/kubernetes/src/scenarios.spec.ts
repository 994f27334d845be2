import { describe, expect, it } from 'vitest'
import { allScenarios, expandNames, findScenario, scenarioGroups, scenarioNames } from './scenarios.ts'
import { suites } from './suites.ts'

describe('the names of the command line', () => {
  it('are each given once', () => {
    const names = [...scenarioNames, ...suites].map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it('find their scenarios', () => {
    expect(allScenarios.map(({ name }) => findScenario(name))).toEqual(allScenarios)
    expect(() => findScenario('no-such')).toThrow('no scenario "no-such"')
  })
})

describe('expandNames', () => {
  it('opens a group, runs each scenario once, and leaves suites out', () => {
    const smoke = scenarioGroups[0]?.scenarios.map(({ name }) => name) ?? []
    expect(smoke[0]).toBe('plain-pod')
    expect(expandNames(['smoke', 'plain-pod'])).toEqual(smoke)
    expect(expandNames(['plain-pod', 'kills'])).toEqual(['plain-pod'])
  })
})

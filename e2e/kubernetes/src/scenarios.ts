import { scenarios as everywhere } from '@csi-ts/e2e-scenarios'
import type { Scenario } from '@csi-ts/kube-cluster/port'
import type { ScenarioName } from './parse-options.ts'
import { plainPod } from './plain-pod.ts'

/** Scenarios under one name. */
export interface ScenarioGroup extends ScenarioName {
  readonly scenarios: readonly Scenario[]
}

/** What the command line can name besides single scenarios. */
export const scenarioGroups: readonly ScenarioGroup[] = [
  {
    name: 'smoke',
    title: 'everything that every cluster must do, after a pod without storage',
    scenarios: [plainPod, ...everywhere],
  },
]

/** Every single scenario. */
export const allScenarios: readonly Scenario[] = [...new Set(scenarioGroups.flatMap(({ scenarios }) => scenarios))]

/** Every name of scenarios that the command line takes: groups first. */
export const scenarioNames: readonly ScenarioName[] = [...scenarioGroups, ...allScenarios]

/**
 * Names of the single scenarios behind names of the command line, each once, in the order in which they are run. Names
 * that are no scenario's are left out.
 */
export function expandNames(names: readonly string[]): string[] {
  const expanded = names.flatMap((name) => {
    const group = scenarioGroups.find((candidate) => candidate.name === name)
    const scenarios = group?.scenarios ?? allScenarios.filter((scenario) => scenario.name === name)
    return scenarios.map((scenario) => scenario.name)
  })
  return [...new Set(expanded)]
}

/** Whether a scenario runs on the embedded cluster as well, so that what its components ask of both can be compared. */
export function runsEverywhere(scenario: Scenario): boolean {
  return everywhere.includes(scenario)
}

/** The scenario of a name.
 *
 * @throws Error when there is none: names are checked before anything starts.
 */
export function findScenario(name: string): Scenario {
  const found = allScenarios.find((scenario) => scenario.name === name)
  if (found === undefined) throw new Error(`no scenario "${name}"`)
  return found
}

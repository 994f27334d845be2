import type { ConformanceCase } from './conformance-case.ts'

/** Which cases to run, by their names. */
export interface Selection {
  /** Only names that match one of these; empty: all. */
  readonly focus: readonly RegExp[]
  /** Not names that match one of these. */
  readonly skip: readonly RegExp[]
}

/** The cases that are selected, in their order. */
export function selectCases(cases: readonly ConformanceCase[], { focus, skip }: Selection): readonly ConformanceCase[] {
  const matches = (patterns: readonly RegExp[], name: string): boolean => patterns.some((pattern) => pattern.test(name))
  return cases.filter(({ name }) => (focus.length === 0 || matches(focus, name)) && !matches(skip, name))
}

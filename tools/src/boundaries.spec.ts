import { describe, expect, it } from 'vitest'
import { boundaryViolations, importsOf, tableViolations, violationsOf } from './boundaries.ts'
import { type PackageRow, packages } from './packages.ts'

const base: Pick<PackageRow, 'description' | 'visibility'> = { description: 'x', visibility: 'public' }
const low: PackageRow = {
  ...base,
  folder: 'packages/core/low',
  name: 'low',
  mayImport: [],
  entries: { './testing': 'src/testing/index.ts' },
}
const cluster: PackageRow = { ...base, folder: 'packages/kube/cluster', name: 'kube-cluster', mayImport: [] }
const high: PackageRow = {
  ...base,
  folder: 'packages/core/high',
  name: 'high',
  mayImport: ['packages/core/low'],
  uses: ['packages/core/low'],
  testUses: ['tools'],
  npm: ['yaml'],
}
const rows = [low, cluster, high]

function messages(path: string, specifier: string): string[] {
  return violationsOf(high, rows, [{ path: `packages/core/high/${path}`, imports: [specifier] }]).map(
    ({ message }) => message,
  )
}

describe('violationsOf', () => {
  it.each([
    { what: 'a declared package', path: 'src/a.ts', specifier: '@csi-ts/low' },
    { what: 'an entry of a declared package', path: 'src/a.spec.ts', specifier: '@csi-ts/low/testing' },
    { what: 'a file of its own', path: 'src/a.ts', specifier: './b.ts' },
    { what: 'a Node module', path: 'src/a.ts', specifier: 'node:fs' },
    { what: 'a declared npm package', path: 'src/a.ts', specifier: 'yaml' },
    { what: 'the embedded cluster, in a spec', path: 'src/a.spec.ts', specifier: '@csi-ts/kube-cluster' },
    { what: 'vitest, in a spec', path: 'src/a.spec.ts', specifier: 'vitest' },
    { what: 'the README tool, in a spec', path: 'src/a.spec.ts', specifier: '@csi-ts/tools/readme-sample' },
  ])('allows $what', ({ path, specifier }) => {
    expect(messages(path, specifier)).toEqual([])
  })

  it.each([
    {
      what: 'a package that its row does not list',
      path: 'src/a.ts',
      specifier: '@csi-ts/kube-cluster',
      says: /does not list under uses/,
    },
    {
      what: 'a file past the exports of another package',
      path: 'src/a.ts',
      specifier: '@csi-ts/low/src/x.ts',
      says: /exports \., \.\/testing/,
    },
    {
      what: 'a file of another package by path',
      path: 'src/a.ts',
      specifier: '../../low/src/x.ts',
      says: /outside its package/,
    },
    { what: 'an undeclared npm package', path: 'src/a.ts', specifier: 'lodash', says: /lodash, which its row/ },
    { what: 'a test library in a source', path: 'src/a.ts', specifier: 'vitest', says: /vitest, which its row/ },
    {
      what: 'a package that is not in the table',
      path: 'src/a.ts',
      specifier: '@csi-ts/nowhere',
      says: /not in the package table/,
    },
    {
      what: 'the README tool in a source',
      path: 'src/testing/a.ts',
      specifier: '@csi-ts/tools/readme-sample',
      says: /for specs/,
    },
    {
      what: 'another tool in a spec',
      path: 'src/a.spec.ts',
      specifier: '@csi-ts/tools/bundle',
      says: /not in the package table/,
    },
    { what: 'a Node module without its prefix', path: 'src/a.ts', specifier: 'fs', says: /write node:fs/ },
  ])('refuses $what', ({ path, specifier, says }) => {
    expect(messages(path, specifier)).toEqual([expect.stringMatching(says)])
  })
})

it('a package that does not list the tools may not import the README tool', () => {
  const file = { path: 'packages/core/low/src/a.spec.ts', imports: ['@csi-ts/tools/readme-sample'] }
  expect(violationsOf(low, rows, [file])).toEqual([
    { file: file.path, message: expect.stringContaining('needs tools in testUses') },
  ])
})

describe('tableViolations', () => {
  it('refuses a use that the row does not allow', () => {
    expect(tableViolations([low, { ...low, folder: 'packages/core/other', uses: ['packages/core/low'] }])).toHaveLength(
      1,
    )
  })

  it('refuses a use of a later row, which is how a cycle would begin', () => {
    expect(tableViolations([high, low])).toEqual([
      { file: high.folder, message: expect.stringContaining('below it in the table') },
    ])
  })

  it('accepts the table of this repository', () => {
    expect(tableViolations(packages)).toEqual([])
  })
})

describe('importsOf', () => {
  it('finds static, side-effect, dynamic and re-exporting imports, over several lines', () => {
    const text = "import {\n  a,\n} from 'one'\nimport 'two'\nexport * from 'three'\nconst x = await import('four')\n"
    expect(importsOf(text)).toEqual(['one', 'two', 'three', 'four'])
  })

  it('leaves out what stands in comments', () => {
    expect(importsOf("// import 'one'\n/* import 'two' */\nimport type { T } from 'three'\n")).toEqual(['three'])
  })
})

it('no package of this repository crosses a boundary', async () => {
  expect(await boundaryViolations()).toEqual([])
})

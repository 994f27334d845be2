/**
 * Seeds every defect into the model driver, lets this suite and the official csi-sanity judge it, and writes DEFECTS.md.
 * Run it from this folder: `node --conditions=@csi-ts/source compare-suites.ts`. It takes some minutes.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { serve } from '@csi-ts/csi-rpc'
import { ensureBinaries } from '@csi-ts/e2e-kubernetes/binaries'
import { silentLogger } from '@csi-ts/telemetry'
import { conformanceCases, runSuite } from './src/index.ts'
import type { Defect } from './src/testing/defect.ts'
import { defects } from './src/testing/defects/index.ts'
import { createModelDriver } from './src/testing/model-driver.ts'
import { createModelTarget, modelSuite, modelTopology } from './src/testing/model-target.ts'

/** What the suites say about one driver: names of cases that failed. */
interface Verdict {
  readonly ours: readonly string[]
  readonly official: readonly string[]
  /** All cases of the official suite. */
  readonly officialCases: readonly string[]
}

/** One run of csi-sanity: names of cases. */
interface OfficialRun {
  readonly cases: readonly string[]
  readonly failed: readonly string[]
}

/** States of ginkgo that are no failure. */
const fine: readonly string[] = ['passed', 'skipped', 'pending']

const { signal } = new AbortController()
const ctx = { signal, log: silentLogger }
const csiSanity = (await ensureBinaries(['csi-sanity'], { log: process.stderr, signal })).get('csi-sanity') ?? ''

const right = await judge(undefined)
if (right.ours.length + right.official.length > 0) {
  throw new Error(`the driver without a defect fails: ${[...right.ours, ...right.official].join('; ')}`)
}
for (const name of right.officialCases) process.stdout.write(`official: ${name}\n`)
const rows: { readonly defect: Defect; readonly verdict: Verdict }[] = []
for (const defect of defects) {
  const verdict = await judge(defect)
  rows.push({ defect, verdict })
  process.stdout.write(`${defect.id}\n  ours ${verdict.ours.length}, official ${verdict.official.length}\n`)
  for (const name of verdict.official.slice(0, 3)) process.stdout.write(`    ${name}\n`)
  if (!verdict.ours.includes(defect.foundBy)) throw new Error(`${defect.id} is not found by "${defect.foundBy}"`)
}
await writeFile(join(import.meta.dirname, 'DEFECTS.md'), toMarkdown())

async function judge(defect: Defect | undefined): Promise<Verdict> {
  await using model = await createModelTarget(defect)
  const results = await runSuite(model.target, { suite: model.suite }, ctx)
  const ours = results.filter(({ status }) => status === 'failed').map(({ name }) => name)
  const { cases, failed } = await runOfficial(defect)
  return { ours, official: failed, officialCases: cases }
}

async function runOfficial(defect: Defect | undefined): Promise<OfficialRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'compare-'))
  const endpoint = `unix://${scratch}/csi.sock`
  const { services } = createModelDriver({ defect, topology: modelTopology })
  const server = await serve(services, { endpoint, log: silentLogger })
  try {
    const parameters = join(scratch, 'parameters.yaml')
    const mutableParameters = join(scratch, 'mutable.yaml')
    const secrets = join(scratch, 'secrets.yaml')
    // JSON is YAML.
    await writeFile(parameters, JSON.stringify(modelSuite.parameters))
    await writeFile(mutableParameters, JSON.stringify(modelSuite.mutableParameters))
    await writeFile(secrets, JSON.stringify({ CreateVolumeSecret: modelSuite.secrets['CreateVolume'] }))
    const flags = {
      endpoint,
      mountdir: join(scratch, 'mount'),
      stagingdir: join(scratch, 'staging'),
      testvolumesize: String(modelSuite.volumeSizeBytes),
      testvolumeexpandsize: String(modelSuite.expandSizeBytes),
      testvolumeparameters: parameters,
      testvolumemutableparameters: mutableParameters,
      secrets,
    }
    const report = join(scratch, 'report.json')
    const args = Object.entries(flags).map(([name, value]) => `--csi.${name}=${value}`)
    const output = await runToEnd(csiSanity, [...args, `--ginkgo.json-report=${report}`, '--ginkgo.no-color'])
    return readReport(await readFile(report, 'utf8').catch(() => output))
  } finally {
    await server.close({ graceMs: 0 })
    await rm(scratch, { recursive: true })
  }
}

/** The exit code says no more than the report does. */
function runToEnd(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 1 << 26, timeout: 120_000 }, (_error, stdout) => resolve(stdout))
  })
}

/** What of ginkgo's JSON report is read. */
type GinkgoReport = readonly {
  readonly SpecReports: readonly {
    readonly ContainerHierarchyTexts: readonly string[] | null
    readonly LeafNodeType: string
    readonly LeafNodeText: string
    readonly State: string
  }[]
}[]

function readReport(text: string): OfficialRun {
  const specs = (JSON.parse(text) as GinkgoReport).flatMap(({ SpecReports }) => SpecReports)
  const names = (states: (state: string) => boolean): readonly string[] =>
    specs
      .filter(({ LeafNodeType, State }) => states(State) && (LeafNodeType === 'It' || !fine.includes(State)))
      .map((spec) => [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText].join(' / '))
  return { cases: names(() => true), failed: names((state) => !fine.includes(state)) }
}

function toMarkdown(): string {
  const [ours, official] = (['ours', 'official'] as const).map(
    (suite) => rows.filter(({ verdict }) => verdict[suite].length > 0).length,
  )
  const count = (names: readonly string[]): string => (names.length === 0 ? 'no' : `yes (${names.length})`)
  return [
    '# Defects',
    '',
    `${defects.length} things that a driver can do wrong, from the specification and from what is known to break good drivers. They were written`,
    'down before the cases of the suite were. Each is seeded into a driver that is right and passes both suites (`src/testing/defects`),',
    'and both suites judge it:',
    '',
    '| suite | cases | defects found |',
    '| --- | --- | --- |',
    `| this one | ${conformanceCases.length} | ${ours} of ${defects.length} |`,
    `| csi-sanity v5.6.0 | ${right.officialCases.length} | ${official} of ${defects.length} |`,
    '',
    'A defect counts as found when a case fails, for whatever reason. The case that is named has to fail in `npm test`; the last column',
    'says how many of csi-sanity do. This page is made by `node --conditions=@csi-ts/source compare-suites.ts`.',
    '',
    '| defect | what the driver does | what the specification says | found by | csi-sanity |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ defect: { id, fault, rule, foundBy }, verdict }) =>
        `| ${id} | ${fault} | ${rule} | ${foundBy} | ${count(verdict.official)} |`,
    ),
    '',
  ].join('\n')
}

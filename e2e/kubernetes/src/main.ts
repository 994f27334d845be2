import { join } from 'node:path'
import { bundleCommands } from '@csi-ts/tools/bundle'
import { componentCommands } from '@csi-ts/tools/components'
import { clusterBinaries } from './binaries/binary-table.ts'
import { type BinaryPaths, binaryCache, ensureBinaries } from './binaries/ensure-binaries.ts'
import { ensurePackages, nodePackages } from './host/debian-packages.ts'
import { createRunFolder } from './host/run-folders.ts'
import { sweep } from './host/sweep.ts'
import { type Options, parseOptions, renderHelp } from './parse-options.ts'
import { type EndSignals, listenForEnd } from './runner/end-signals.ts'
import { createReport, type Report } from './runner/report.ts'
import { runOnCluster } from './runner/run-on-cluster.ts'
import { expandNames, scenarioNames } from './scenarios.ts'
import type { SuiteContext } from './suite.ts'
import { suites } from './suites.ts'

const options = parseOptions(process.argv.slice(2), [...scenarioNames, ...suites])
switch (options.kind) {
  case 'help':
    process.stdout.write(renderHelp(scenarioNames, suites))
    break
  case 'usage-error':
    process.stderr.write(`e2e: ${options.message}\n`)
    process.exitCode = 2
    break
  case 'run':
    process.exitCode = await run(options)
}

type RunOptions = Extract<Options, { kind: 'run' }>

async function run(chosen: RunOptions): Promise<number> {
  const log = process.stdout
  const end = listenForEnd((why) => log.write(`${why}: ending what runs (once more ends it at once)\n`))
  const report = createReport(expandNames(chosen.names))
  try {
    await runNames(chosen, report, end)
  } catch (error) {
    report.addFailure()
    log.write(`e2e: ${end.stop.aborted ? 'ended before everything ran' : (error as Error).message}\n`)
  } finally {
    end.close()
  }
  log.write(`${report.summary}\n`)
  return end.exitCode() ?? (report.failed === 0 ? 0 : 1)
}

async function runNames({ names, keep, soak }: RunOptions, report: Report, end: EndSignals): Promise<void> {
  const log = process.stdout
  const scenarios = expandNames(names)
  const chosen = suites.filter(({ name }) => names.includes(name))
  if (process.platform !== 'linux') throw new Error(`this needs Linux, and runs on ${process.platform}`)
  const inNamespaces = scenarios.length > 0 || chosen.some((suite) => suite.needsNamespaces === true)
  if (inNamespaces) await prepareForNamespaces(end)
  const { logs } = await createRunFolder(join(binaryCache, '../e2e'), new Date(), process.pid)
  const binaries = (wanted: readonly string[]) => binariesFor(wanted, end)
  if (scenarios.length > 0) {
    const prepared = await binaries(clusterBinaries)
    await bundleCommands(Object.values(componentCommands))
    await runOnCluster({ scenarios, keep, binaries: prepared, logs, end, log, report })
  }
  const path = process.env['PATH'] ?? ''
  const context: SuiteContext = { log, report, signal: end.stop, path, logs, binaries, soak }
  for (const suite of chosen) {
    if (end.stop.aborted) break
    log.write(`${suite.name}: ${suite.title}\n`)
    await suite.run(context)
  }
}

async function prepareForNamespaces(end: EndSignals): Promise<void> {
  const log = process.stdout
  const root = process.getuid?.() === 0
  await ensurePackages(nodePackages, { log, root, signal: end.stop })
  if (!root) throw new Error('namespaces, mounts and cgroups need root: run as root')
  for (const name of await sweep()) log.write(`removed what a killed run left: cgroup ${name}\n`)
}

function binariesFor(names: readonly string[], end: EndSignals): Promise<BinaryPaths> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  return ensureBinaries(names, {
    log: process.stdout,
    signal: end.stop,
    ...(assets === undefined || assets === '' ? {} : { kubebuilderAssets: assets }),
  })
}

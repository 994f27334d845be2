import { execFile } from 'node:child_process'
import { mkdtemp, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDriver, type DriverConnection, getDriverName, waitUntilReady } from '@csi-ts/csi-client'
import { type ExitReason, UsageError } from '@csi-ts/process'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { conformanceCases } from './cases/index.ts'
import { createCommandPaths } from './command-paths.ts'
import { ParameterFileError, readParameters, readSecrets } from './parameter-files.ts'
import { localPaths } from './paths.ts'
import { countResults, formatResult, formatSummary, toJsonReport, toJunitReport } from './report.ts'
import { type CaseResult, runSuite } from './run-suite.ts'
import type { SanityFlagValues } from './sanity-flags.ts'
import type { SuiteOptions } from './suite-options.ts'
import { selectCases } from './suite-selection.ts'
import type { SuiteTarget } from './suite-target.ts'

/** Where the command writes. */
export interface SanityOutput {
  write(text: string): void
}

/** The command: connects, runs the selected cases, reports. Exit code 1 when a case fails. @throws UsageError */
export async function runSanityCommand(
  options: SanityFlagValues,
  ctx: WorkContext & SanityOutput,
): Promise<ExitReason> {
  const cases = selectCases(conformanceCases, options)
  if (cases.length === 0) throw new UsageError('no case matches --focus and --skip; --list prints their names')
  if (options.list) {
    for (const { name } of cases) ctx.write(`${name}\n`)
    return { kind: 'finished' }
  }
  if (options.endpoint === '') throw new UsageError('flag --endpoint is required: the socket of the driver')

  const work: WorkContext = { signal: ctx.signal, log: silentLogger }
  const scratch = await mkdtemp(join(tmpdir(), 'csi-sanity-'))
  try {
    const suite = await toSuiteOptions(options, scratch)
    await using target = await connectTarget(options, work)
    const driver = await getDriverName(target.clients(), work, { timeoutMs: options.callTimeout })
    const results = await runCases(target, { suite, cases, options }, ctx)
    await report(driver, results, options, ctx)
    const { failed } = countResults(results)
    return failed === 0
      ? { kind: 'finished' }
      : { kind: 'failed', message: `${failed} of ${results.length} cases failed` }
  } finally {
    for (const name of ['target', 'staging', '']) await rmdir(join(scratch, name)).catch(() => {})
  }
}

async function runCases(
  target: SuiteTarget,
  {
    suite,
    cases,
    options,
  }: {
    readonly suite: SuiteOptions
    readonly cases: typeof conformanceCases
    readonly options: SanityFlagValues
  },
  ctx: WorkContext & SanityOutput,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = []
  for (const one of cases) {
    const [result] = await runSuite(target, { suite, cases: [one] }, { signal: ctx.signal, log: silentLogger })
    if (result === undefined) continue
    results.push(result)
    ctx.write(formatResult(result, options.showSkipped ? 'shown' : 'hidden'))
    if (options.failFast && result.status === 'failed') break
  }
  return results
}

async function report(
  driver: string,
  results: readonly CaseResult[],
  options: SanityFlagValues,
  output: SanityOutput,
): Promise<void> {
  output.write(formatSummary(driver, results))
  if (options.junitFile !== '') await writeFile(options.junitFile, toJunitReport(driver, results))
  if (options.jsonFile !== '') await writeFile(options.jsonFile, toJsonReport(driver, results))
}

async function toSuiteOptions(options: SanityFlagValues, scratch: string): Promise<SuiteOptions> {
  const given = (command: string): string | undefined => (command === '' ? undefined : command)
  const paths = createCommandPaths(
    {
      createTargetDir: given(options.createTargetDirCommand),
      createStagingDir: given(options.createStagingDirCommand),
      removeTargetDir: given(options.removeTargetDirCommand),
      removeStagingDir: given(options.removeStagingDirCommand),
      check: given(options.checkPathCommand),
      timeoutMs: options.commandTimeout,
    },
    localPaths,
  )
  try {
    return {
      accessType: options.accessType,
      volumeSizeBytes: options.volumeSize,
      expandSizeBytes: options.expandSize === 0n ? options.volumeSize + (1n << 30n) : options.expandSize,
      parameters: await readParameters(options.parametersFile),
      mutableParameters: await readParameters(options.mutableParametersFile),
      snapshotParameters: await readParameters(options.snapshotParametersFile),
      secrets: await readSecrets(options.secretsFile),
      targetDir: given(options.targetDir) ?? join(scratch, 'target'),
      stagingDir: given(options.stagingDir) ?? join(scratch, 'staging'),
      paths,
      callTimeoutMs: options.callTimeout,
      readyTimeoutMs: options.readyTimeout,
      repetitions: options.repetitions,
      attachLimit: options.attachLimit,
    }
  } catch (error) {
    if (error instanceof ParameterFileError) throw new UsageError(error.message)
    throw error
  }
}

/** The driver over its sockets; connected anew after each restart. */
async function connectTarget(options: SanityFlagValues, work: WorkContext): Promise<SuiteTarget & AsyncDisposable> {
  const connectTo = async (address: string): Promise<DriverConnection> => {
    const connection = await connectDriver({ ...work, address, connectTimeoutMs: options.connectTimeout })
    await waitUntilReady(connection, work, { probeTimeoutMs: options.callTimeout })
    return connection
  }
  const connect = async (): Promise<{ readonly node: DriverConnection; readonly controller: DriverConnection }> => {
    const node = await connectTo(options.endpoint)
    return { node, controller: options.controllerEndpoint === '' ? node : await connectTo(options.controllerEndpoint) }
  }
  let connections = await connect()
  const close = (): void => {
    connections.node.close()
    connections.controller.close()
  }
  const restart = async (): Promise<void> => {
    close()
    await run(options.restartCommand)
    connections = await connect()
  }
  return {
    clients: () => ({
      identity: connections.node.identity,
      node: connections.node.node,
      controller: connections.controller.controller,
      groupController: connections.controller.groupController,
      snapshotMetadata: connections.controller.snapshotMetadata,
    }),
    restart: options.restartCommand === '' ? undefined : restart,
    [Symbol.asyncDispose]: async () => close(),
  }
}

function run(command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, (error, _stdout, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`${command} failed: ${stderr.trim() || error.message}`, { cause: error }))
    })
  })
}

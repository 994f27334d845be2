import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { ensureBinaries, GoMissingError } from '@csi-ts/e2e-kubernetes/binaries'
import { canMount, reexecInUserNamespace } from '@csi-ts/mount'
import { type ExitReason, flag, type ProcessContext, packageVersion, runMain } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { runSanity } from './run-sanity.ts'
import { countCases, type SanityResult, summaryLine, toVitestReport } from './sanity-report.ts'
import { sanityTargets } from './targets.ts'

const reportPath = join(import.meta.dirname, '../test-report.json')

interface Options {
  readonly focus: string
  readonly driver: string
  readonly skips: boolean
}

await runMain({
  name: 'sanity',
  version: packageVersion(import.meta.url),
  summary: 'Runs the official csi-sanity against the drivers of this repository.',
  flags: {
    focus: flag.string({
      name: 'focus',
      default: '',
      help: 'Run only cases whose name matches this regular expression.',
    }),
    driver: flag.string({ name: 'driver', default: '', help: 'Run only drivers whose name contains this text.' }),
    skips: flag.bool({ name: 'skips', default: false, help: 'Print skipped cases with their reasons as well.' }),
  },
  async start(options, ctx) {
    try {
      return await sanity(options, ctx)
    } catch (error) {
      if (!ctx.signal.aborted) throw error
      return { kind: 'failed', message: 'csi-sanity was interrupted; everything it had started is gone' }
    }
  },
})

async function sanity(options: Options, ctx: ProcessContext): Promise<ExitReason> {
  // What an earlier run left must not be counted, however this one ends.
  await rm(reportPath, { force: true })
  const rights = await canMount()
  if (!rights.allowed) {
    const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    const exitCode = await reexecInUserNamespace({ argv, env: ctx.env, signal: ctx.signal })
    return exitCode === 0 ? { kind: 'finished' } : { kind: 'failed', message: 'csi-sanity failed', exitCode }
  }
  const csiSanity = await csiSanityBinary(ctx)
  if (csiSanity === undefined) return { kind: 'finished' }

  const results: SanityResult[] = []
  for (const target of sanityTargets(process.execPath).filter(({ name }) => name.includes(options.driver))) {
    const focus = options.focus === '' ? {} : { focus: options.focus }
    const result = await runSanity(target, { csiSanity, ...focus }, { signal: ctx.signal, log: silentLogger })
    results.push(result)
    print(result, options.skips)
  }
  await writeFile(reportPath, JSON.stringify(toVitestReport(results)))
  const { failed } = countCases(results.flatMap(({ cases }) => cases))
  return failed === 0 ? { kind: 'finished' } : { kind: 'failed', message: `${failed} cases of csi-sanity failed` }
}

/** Undefined where there is no Go to build it with; in CI that is an error. */
async function csiSanityBinary({ env, signal }: ProcessContext): Promise<string | undefined> {
  try {
    return (await ensureBinaries(['csi-sanity'], { log: process.stdout, signal })).get('csi-sanity')
  } catch (error) {
    if (!(error instanceof GoMissingError) || env['CI'] === 'true') throw error
    process.stdout.write(`csi-sanity skipped: ${error.message}\n`)
    return undefined
  }
}

function print(result: SanityResult, skips: boolean): void {
  for (const { name, status, message } of result.cases) {
    if (status === 'failed')
      process.stdout.write(`FAILED  ${name}\n        ${message.replaceAll('\n', '\n        ')}\n`)
    if (status === 'skipped' && skips) process.stdout.write(`skipped ${name}: ${message}\n`)
  }
  process.stdout.write(`${summaryLine(result)}\n`)
}

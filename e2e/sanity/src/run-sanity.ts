import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createMountTable, ensureUnmounted, LinuxMounter, removeTreeBeneath } from '@csi-ts/mount'
import type { WorkContext } from '@csi-ts/telemetry'
import { startDriverProcess } from './driver-process.ts'
import { parseGinkgoReport, type SanityCase, type SanityResult } from './sanity-report.ts'

/** A driver with certain options, for csi-sanity to judge. */
export interface SanityTarget {
  /** Which driver, with which options. */
  readonly name: string
  /** Program and arguments of the driver. `directory` is an empty scratch folder for its state. */
  argv(place: { readonly endpoint: string; readonly directory: string }): readonly string[]
  /** Further flags of csi-sanity, without `--csi.`. */
  readonly flags?: Readonly<Record<string, string>>
  /** Mutable parameters that the driver accepts; written to a file for csi-sanity. */
  readonly mutableParameters?: Readonly<Record<string, string>>
  /** Entries that may stay in `directory` when all volumes are gone, at any depth. Default none. */
  readonly staying?: readonly string[]
}

/** How {@link runSanity} runs. */
export interface RunSanityOptions {
  /** The csi-sanity executable. */
  readonly csiSanity: string
  /** Only cases whose name matches this regular expression. */
  readonly focus?: string
}

/** Small, so that no driver needs real space for it, and a multiple of every allocation unit. */
const volumeBytes = 1 << 20

/**
 * Runs the official csi-sanity against a driver process on a scratch socket. One more case is added to its own: that no
 * mount and nothing in the driver's folder is left. Everything it makes is gone afterwards.
 *
 * @throws Error when the driver does not start or csi-sanity writes no report.
 */
export async function runSanity(
  target: SanityTarget,
  options: RunSanityOptions,
  ctx: WorkContext,
): Promise<SanityResult> {
  // Short, as the path of a socket may only have 107 bytes.
  const scratch = await mkdtemp(join(tmpdir(), 'sanity-'))
  const directory = await mkdtemp(join(scratch, 'driver-'))
  const endpoint = `unix://${scratch}/csi.sock`
  try {
    await using driver = await startDriverProcess(target.argv({ endpoint, directory }), endpoint, ctx)
    const cases = await Promise.race([runCases(target, options, scratch, endpoint, ctx), driver.ended])
    return { target: target.name, cases: [...cases, await nothingLeft(scratch, directory, target.staying ?? [])] }
  } finally {
    await clean(scratch, { ...ctx, signal: new AbortController().signal })
  }
}

async function runCases(
  target: SanityTarget,
  { csiSanity, focus }: RunSanityOptions,
  scratch: string,
  endpoint: string,
  ctx: WorkContext,
): Promise<readonly SanityCase[]> {
  const report = join(scratch, 'report.json')
  const flags: Record<string, string> = {
    endpoint,
    mountdir: join(scratch, 'mount'),
    stagingdir: join(scratch, 'staging'),
    testvolumesize: String(volumeBytes),
    testvolumeexpandsize: String(2 * volumeBytes),
    ...target.flags,
  }
  if (target.mutableParameters !== undefined) {
    flags['testvolumemutableparameters'] = join(scratch, 'mutable.yaml')
    // JSON is YAML.
    await writeFile(flags['testvolumemutableparameters'], JSON.stringify(target.mutableParameters))
  }
  const ginkgo = [
    '--ginkgo.no-color',
    `--ginkgo.json-report=${report}`,
    ...(focus === undefined ? [] : [`--ginkgo.focus=${focus}`]),
  ]
  const args = [...Object.entries(flags).map(([name, value]) => `--csi.${name}=${value}`), ...ginkgo]
  const output = await runToEnd(csiSanity, args, ctx)
  try {
    return parseGinkgoReport(await readFile(report, 'utf8'))
  } catch (cause) {
    ctx.signal.throwIfAborted()
    throw new Error(`csi-sanity wrote no report:\n${output.slice(-5_000)}`, { cause })
  }
}

/** The exit code says no more than the report does: whether any case failed. */
function runToEnd(command: string, args: readonly string[], { signal }: WorkContext): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { signal, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}${error === null ? '' : error.message}`)
    })
  })
}

async function nothingLeft(scratch: string, directory: string, staying: readonly string[]): Promise<SanityCase> {
  const mounts = (await createMountTable().beneath(scratch)).map(({ mountPoint }) => `mount ${mountPoint}`)
  const entries = await readdir(directory, { recursive: true })
  const files = entries.filter((entry) => !staying.includes(entry)).map((entry) => `file ${entry}`)
  const left = [...mounts, ...files]
  return {
    name: 'after the suite / no mount and no volume is left',
    status: left.length === 0 ? 'passed' : 'failed',
    message: left.join(', '),
    durationMs: 0,
  }
}

async function clean(scratch: string, ctx: WorkContext): Promise<void> {
  const mounter = new LinuxMounter()
  for (const { mountPoint } of (await mounter.table.beneath(scratch)).toReversed())
    await ensureUnmounted(mounter, mountPoint, ctx)
  await removeTreeBeneath({ table: mounter.table }, tmpdir(), basename(scratch), ctx)
}

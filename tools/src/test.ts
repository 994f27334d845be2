import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { canMount, reexecInUserNamespace } from '@csi-ts/mount'
import { checkTargets, nxRunMany, type TaskResult } from './nx-run.ts'
import { packages, workspaces } from './packages.ts'
import { root } from './root.ts'
import { addCounts, type Counts, readReport, summaryLine } from './test-counts.ts'

const help = `npm test: builds and checks everything, and runs every test that needs no cluster

  build, types, lint, boundaries, generated files, lock file, dead code, unit tests,
  scenarios on the embedded cluster, and the official csi-sanity on the hostpath driver.

With CI=true nothing comes from a cache, and a missing Go is a failure.
For one package: npx nx test @csi-ts/NAME
`

if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) process.stdout.write(help)
else if ((await canMount()).allowed) await test()
else await testInUserNamespace()

/** Many tests mount for real: where this process may not, one in a namespace of its own may. */
async function testInUserNamespace(): Promise<void> {
  try {
    const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    process.exitCode = await reexecInUserNamespace({ argv, env: process.env })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

async function test(): Promise<void> {
  const folders = [...packages, ...workspaces].map(({ folder }) => folder)
  // A report left by an earlier run must not be counted; nx restores those of cached tasks.
  await Promise.all(folders.map((folder) => rm(join(root, folder, 'test-report.json'), { force: true })))

  const failures: string[] = []
  let counts: Counts = { passed: 0, failed: 0 }
  const add = (more: Counts): void => {
    counts = addCounts(counts, more)
  }
  const addTask = ({ task, ok }: TaskResult): void => {
    if (!ok) failures.push(task)
    add(ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
  }

  for (const result of await nxRunMany(['build'])) addTask(result)
  for (const result of await nxRunMany(checkTargets)) addTask(result)

  const tests = await nxRunMany(['test'])
  const reports = await Promise.all(folders.map((folder) => readReport(join(root, folder, 'test-report.json'))))
  for (const report of reports) add(report ?? { passed: 0, failed: 0 })
  failures.push(...tests.filter(({ ok }) => !ok).map(({ task }) => task))
  // A task that failed although no test of any report did: the runner itself broke.
  if (tests.some(({ ok }) => !ok) && !reports.some((report) => (report?.failed ?? 0) > 0)) add({ passed: 0, failed: 1 })

  const sanity = await run(['e2e/sanity/src/main.ts'])
  add((await readReport(join(root, 'e2e/sanity/test-report.json'))) ?? { passed: 0, failed: sanity === 0 ? 0 : 1 })
  if (sanity !== 0) failures.push('csi-sanity')

  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`)
  process.stdout.write(`${summaryLine(counts)}\n`)
  process.exitCode = failures.length > 0 || counts.failed > 0 ? 1 : 0
}

/** Runs one of the repository's programs under this Node; resolves with its exit code. */
async function run(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], { cwd: root, stdio: 'inherit' })
  return await new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 1)))
}

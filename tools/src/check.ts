import { spawnSync } from 'node:child_process'
import { checkTargets, nxRunMany } from './nx-run.ts'
import { root } from './root.ts'
import { summaryLine } from './test-counts.ts'

const help = `npm run check: format, lint, types, boundaries, generated files, lock file and dead code

  npm run check             reports
  npm run check -- --fix    formats and sorts imports first
`

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) process.stdout.write(help)
else await check()

async function check(): Promise<void> {
  if (args.includes('--fix')) spawnSync('biome', ['check', '--write', '.'], { cwd: root, stdio: 'inherit' })
  const results = [...(await nxRunMany(['build'])), ...(await nxRunMany(checkTargets))]
  const failed = results.filter(({ ok }) => !ok)
  for (const { task } of failed) process.stdout.write(`failed: ${task}\n`)
  process.stdout.write(`${summaryLine({ passed: results.length - failed.length, failed: failed.length })}\n`)
  process.exitCode = failed.length > 0 ? 1 : 0
}

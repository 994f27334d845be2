import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { footprint } from './footprint/footprint.ts'
import { informer } from './informer/informer.ts'
import { leaderElection } from './leader-election/leader-election.ts'
import { type Bench, renderJson, renderTable } from './result.ts'
import { type Machine, updateResults } from './results-file.ts'
import { scale } from './scale/scale.ts'
import { transport } from './transport/transport.ts'
import { workqueue } from './workqueue/workqueue.ts'

const benches: readonly Bench[] = [footprint, informer, scale, workqueue, transport, leaderElection]
const resultsFile = join(import.meta.dirname, '../RESULTS.md')

const help = `npm run bench -- [NAME…] [--json] [--save]: measures, and exits with 1 when a target is missed

${benches.map(({ name, title }) => `  ${name.padEnd(16)} ${title}`).join('\n')}

Without a name all run. --json prints one JSON object per bench: {"bench", "figures", "targets", "missed"}.
--save writes the tables into bench/RESULTS.md as well.
`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return 0
  }
  const options = ['--json', '--save']
  const names = args.filter((argument) => !options.includes(argument))
  const unknown = names.find((name) => !benches.some((bench) => bench.name === name))
  if (unknown !== undefined) {
    process.stderr.write(`no bench ${unknown}; there are: ${benches.map(({ name }) => name).join(', ')}\n`)
    return 2
  }
  let missed = 0
  for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const machine = thisMachine()
    const result = await bench.run((text) => process.stderr.write(`${bench.name}: ${text}\n`))
    const table = renderTable(result)
    process.stdout.write(args.includes('--json') ? `${renderJson(result)}\n` : `${bench.name}\n${table}\n`)
    if (args.includes('--save')) await save(bench.name, table, machine)
    missed += result.missed.length
  }
  return missed > 0 ? 1 : 0
}

function thisMachine(): Machine {
  const [load = 0] = loadavg()
  return { cores: availableParallelism(), memoryGb: Math.round(totalmem() / 1e9), load, node: process.version }
}

async function save(bench: string, table: string, machine: Machine): Promise<void> {
  const before = await readFile(resultsFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  await writeFile(resultsFile, updateResults(before, bench, table, machine))
}

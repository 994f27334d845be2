import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Writes or checks the embedded API server's resource table. Its sources are Go modules: without Go a line says that it is left alone. */
export function resourceTable(mode: 'write' | 'check'): void {
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
    if (process.env['CI'] === 'true') throw new Error('the resource table cannot be checked without Go')
    process.stdout.write('resource table: left alone, Go is not installed\n')
    return
  }
  const program = join(import.meta.dirname, 'generate-resource-table.ts')
  const { status } = spawnSync(process.execPath, [program, ...(mode === 'check' ? ['--check'] : [])], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}

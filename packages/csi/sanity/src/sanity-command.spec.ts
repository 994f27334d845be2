import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveInTempDir } from '@csi-ts/csi-rpc/testing'
import { parseFlags } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { runSanityCommand } from './sanity-command.ts'
import { sanityFlags } from './sanity-flags.ts'
import { defects } from './testing/defects/index.ts'
import { createModelDriver } from './testing/model-driver.ts'

async function run(...argv: readonly string[]): Promise<{ readonly output: string; readonly reason: unknown }> {
  const lines: string[] = []
  const { values } = parseFlags({ ...sanityFlags }, argv)
  const ctx = { signal: AbortSignal.timeout(15_000), log: silentLogger, write: (text: string) => void lines.push(text) }
  const reason = await runSanityCommand(values, ctx)
  return { output: lines.join(''), reason }
}

async function setup(defectId?: string) {
  const directory = await mkdtemp(join(tmpdir(), 'csi-sanity-'))
  const driver = createModelDriver({ defect: defects.find(({ id }) => id === defectId) })
  const server = await serveInTempDir(driver.services)
  return {
    directory,
    endpoint: `--endpoint=unix://${server.address}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    },
  }
}

describe('csi-ts-sanity', () => {
  it('runs the selected cases over a socket and writes reports', async () => {
    await using place = await setup()
    const [junit, json] = [join(place.directory, 'junit.xml'), join(place.directory, 'report.json')]
    const select = ['--focus=^Node(Un)?PublishVolume', '--skip=without', '--volume-size=1Mi', '--expand-size=2Mi']
    const { output, reason } = await run(place.endpoint, ...select, `--junit-file=${junit}`, `--json-file=${json}`)
    expect(reason).toEqual({ kind: 'finished' })
    expect(output).toMatch(/^ok {6}NodePublishVolume: .*\nmock\.csi\.example\.com: 9 passed, 0 failed, 0 skipped in /s)
    expect(await readFile(junit, 'utf8')).toContain('tests="9" failures="0"')
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ driver: 'mock.csi.example.com', passed: 9 })
  })

  it('fails when a case does, and stops there when told to', async () => {
    await using place = await setup('plugin-name-invalid')
    const { output, reason } = await run(place.endpoint, '--focus=PluginInfo', '--fail-fast')
    expect(reason).toEqual({ kind: 'failed', message: '1 of 1 cases failed' })
    expect(output).toContain('FAILED  GetPluginInfo: name and version are valid\n        name is "my_driver v2", want')
  })

  it('lists names without a driver', async () => {
    const { output } = await run('--list', '--focus=probe')
    expect(output).toBe('Probe: the plugin is ready, as often as it is asked\n')
  })

  it('reads parameters and secrets, under the names of csi-sanity as well', async () => {
    await using place = await setup()
    const file = join(place.directory, 'secrets.yaml')
    await writeFile(file, 'CreateVolumeSecret:\n  user: alice\n  pin: 1234\n')
    const { reason } = await run(place.endpoint, `--secrets-file=${file}`, '--focus=secrets and the inside')
    expect(reason).toEqual({ kind: 'finished' })
  })

  it.each([
    {
      text: 'EatVolume: {}',
      argv: '--secrets-file',
      message: /EatVolume is no RPC with secrets \(allowed: CreateVolume,/,
    },
    { text: 'a: [1]', argv: '--parameters-file', message: /a is no text$/ },
    { text: '- a', argv: '--parameters-file', message: /the file is no map$/ },
  ])('says what is wrong with $argv: $text', async ({ text, argv, message }) => {
    await using place = await setup()
    const file = join(place.directory, 'file.yaml')
    await writeFile(file, text)
    await expect(run(place.endpoint, `${argv}=${file}`)).rejects.toThrow(message)
  })

  it('uses commands for paths', async () => {
    await using place = await setup()
    const command = join(place.directory, 'create.sh')
    await writeFile(command, '#!/bin/sh\nmkdir -p "$1-made" && echo "$1-made"\n', { mode: 0o755 })
    const targets = join(place.directory, 'targets')
    const remove = join(place.directory, 'remove.sh')
    await writeFile(remove, `#!/bin/sh\necho "$1" >> ${targets}.removed && rmdir "$1"\n`, { mode: 0o755 })
    const commands = [`--create-target-dir-command=${command}`, `--remove-target-dir-command=${remove}`]
    const { reason } = await run(place.endpoint, '--focus=target exists after', `--target-dir=${targets}`, ...commands)
    expect(reason).toEqual({ kind: 'finished' })
    expect(await readFile(`${targets}.removed`, 'utf8')).toMatch(/-made\n$/)
  })

  it.each([
    { argv: ['--focus=no such case'], message: 'no case matches --focus and --skip; --list prints their names' },
    { argv: [], message: 'flag --endpoint is required: the socket of the driver' },
  ])('refuses $argv', async ({ argv, message }) => {
    await expect(run(...argv)).rejects.toThrow(message)
  })
})

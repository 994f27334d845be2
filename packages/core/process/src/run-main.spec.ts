import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { terminationLogPath } from './termination-message.ts'
import { runProgram } from './testing/index.ts'

const demo = new URL('testing/demo-main.ts', import.meta.url)

async function run(...args: string[]) {
  const program = runProgram(demo, args)
  const { code } = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

describe('exit codes', () => {
  it.each([
    { args: [], code: 0, line: /^I.*"started" ending="finish" timeoutMs=90000 changed=\[\]\n$/ },
    { args: ['-ending=fail'], code: 1, line: /^E.*"no luck" err="outer: inner\\nsecond line"$/m },
    { args: ['--ending', 'lost-lease'], code: 1, line: /^E.*"lost the lease"$/m },
    { args: ['--ending', 'lost-driver'], code: 1, line: /^E.*"Lost connection to CSI driver, exiting"$/m },
    { args: ['--ending=throw'], code: 1, line: /^E.*"demo failed" err="thrown by start"$/m },
    {
      args: ['--ending=usage'],
      code: 2,
      line: /^flags -a and -b exclude each other\nRun "demo --help" for the flags.$/m,
    },
    { args: ['--ending=bug'], code: 2, line: /^E.*"uncaught exception" err="a bug" stack="TypeError: a bug\\n .*"$/m },
    { args: ['--ending=reject'], code: 2, line: /^E.*"unhandled rejection" err="nobody handles this" stack=/m },
    { args: ['--nope'], code: 2, line: /^flag provided but not defined: -nope\nRun "demo --help" for the flags.\n$/ },
    {
      args: ['--timeout=x'],
      code: 2,
      line: /^invalid value "x" for flag -timeout: .*\nRun "demo --help" for the flags.\n$/,
    },
    { args: ['--automaxprocs=maybe'], code: 2, line: /^invalid boolean value "maybe" for flag -automaxprocs: / },
    { args: ['--automaxprocs=T'], code: 0, line: /"started"/ },
    { args: ['-logtostderr'], code: 2, line: /^flag provided but not defined: -logtostderr\n/ },
    {
      args: ['--logging-format=xml'],
      code: 1,
      line: /^invalid value "xml" for flag -logging-format: allowed: json, text\n$/,
    },
    {
      args: ['--logging-format=json', '--vmodule=a=1'],
      code: 1,
      line: /^flag -vmodule only works with -logging-format=text\n$/,
    },
    {
      args: ['--log-text-split-stream'],
      code: 1,
      line: /^-log-text-split-stream: not allowed, the feature LoggingAlphaOptions is disabled\n$/,
    },
    { args: ['--vmodule=a'], code: 2, line: /^invalid value "a" for flag -vmodule: / },
    { args: ['--log-flush-frequency=1s'], code: 0, line: /"started"/ },
  ])('$args ends with $code', async ({ args, code, line }) => {
    const result = await run(...args)
    expect(result.stderr).toMatch(line)
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' })
  })

  it('creates no termination message outside a pod', async () => {
    const before = existsSync(terminationLogPath)
    await run('--ending=lost-driver')
    expect(existsSync(terminationLogPath)).toBe(before)
  })
})

describe('output', () => {
  it('prints help to stdout', async () => {
    const { code, stdout, stderr } = await run('--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('  --timeout duration\n      How long to wait. (default 1m30s)\n')
    expect(stdout).toContain('\nLogging:\n  --v int\n')
  })

  it('prints the version to stdout', async () => {
    expect(await run('--version', '--ending=fail')).toEqual({ code: 0, stdout: 'demo 1.2.3\n', stderr: '' })
  })

  it('warns about deprecated flags and about what follows the flags', async () => {
    const { stderr } = await run('--old-name=x', 'stray', '--timeout=nonsense')
    expect(stderr).toMatch(/^W.*"flag is deprecated" flag="old-name" instead="use --ending"$/m)
    expect(stderr).toMatch(/^W.*"arguments after the flags are ignored" args=\["stray","--timeout=nonsense"\]$/m)
  })

  it('writes JSON lines when told to', async () => {
    const { stderr } = await run('--logging-format=json', '-v=4')
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ msg, v }) => ({ msg, v }))).toContainEqual({ msg: 'more to say', v: 4 })
  })

  it('loses no line in a pipe at exit', async () => {
    const { stderr } = await run('--ending=chatty')
    expect(stderr.match(/"line" line=/g)).toHaveLength(5_000)
    expect(stderr).toContain('"line" line=4999 ')
  })

  it('does not mind when nobody reads', async () => {
    const program = runProgram(demo, ['--ending=chatty'])
    program.stopReading()
    expect(await program.ended).toEqual({ code: 0, signal: null })
  })
})

describe('signals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s lets the program put its things away and end with 0', async (signal) => {
    const dir = await mkdtemp(join(tmpdir(), 'run-main-'))
    try {
      const program = runProgram(demo, ['--ending=wait', `--journal=${join(dir, 'journal')}`])
      await program.logged('"started"')
      program.kill(signal)
      expect(await program.ended).toEqual({ code: 0, signal: null })
      expect(program.stderr()).toContain(`"received a signal, shutting down" signal="${signal}"`)
      expect(await readFile(join(dir, 'journal'), 'utf8')).toBe('put away\n')
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('ends at once at the second signal', async () => {
    const program = runProgram(demo, ['--ending=stuck'])
    await program.logged('"started"')
    program.kill('SIGTERM')
    await program.logged('shutting down')
    program.kill('SIGINT')
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toContain('"received a second signal, ending without a drain" signal="SIGINT"')
  })
})

import { describe, expect, it } from 'vitest'
import { runCommand } from './run-command.ts'

const node = (script: string, ...args: string[]) => ['-e', script, ...args]

describe('runCommand', () => {
  it('passes input and arguments as they are, and returns what was printed', async () => {
    const script = 'process.stdin.on("data", (data) => process.stdout.write(`${process.argv[1]} ${data}`))'
    expect(await runCommand(process.execPath, node(script, '$(a) "b"'), { input: 'in' })).toBe('$(a) "b" in')
  })

  it('names the command and what it said when it fails', async () => {
    const failed = runCommand('node', node('console.error("no space left"); process.exit(1)'))
    await expect(failed).rejects.toThrow(/^node -e .*: no space left$/)
  })

  it('is fine with a command that does not read its input', async () => {
    expect(await runCommand(process.execPath, node(''), { input: 'x'.repeat(1_000_000) })).toBe('')
  })

  it('ends the command with the signal', async () => {
    const failed = runCommand(process.execPath, node('setInterval(() => {}, 1e6)'), { signal: AbortSignal.timeout(50) })
    await expect(failed).rejects.toThrow('aborted')
  })
})

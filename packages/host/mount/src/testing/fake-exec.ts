import type { Exec, ExecOptions, ExecResult } from '../exec.ts'

/** Answers a command; what it leaves out is an empty success. It may throw what an {@link Exec} throws. */
export type FakeCommand = (
  args: readonly string[],
  options: ExecOptions,
) => Partial<ExecResult> | Promise<Partial<ExecResult>>

/** Programs as functions. A command without one is an error of the test. */
export class FakeExec implements Exec {
  readonly #commands: Readonly<Record<string, FakeCommand>>

  constructor(commands: Readonly<Record<string, FakeCommand>>) {
    this.#commands = commands
  }

  async run(
    command: string,
    args: readonly string[],
    options: ExecOptions,
    ctx: { readonly signal: AbortSignal },
  ): Promise<ExecResult> {
    ctx.signal.throwIfAborted()
    const program = this.#commands[command]
    if (program === undefined) throw new Error(`FakeExec has no command ${command}`)
    const result = await program(args, options)
    return { exitCode: 0, signal: undefined, stdout: '', stderr: '', truncated: false, ...result }
  }
}

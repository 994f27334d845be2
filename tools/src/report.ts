/** Prints what a check found, and makes the process end with 1 when that is anything. */
export function report(what: string, problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (problems.length > 0) process.exitCode = 1
  else process.stdout.write(`${what}: ok\n`)
}

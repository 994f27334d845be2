import assert from 'node:assert/strict'
import { cells, type Kubectl, type KubectlResult, type RunningKubectl } from './kubectl.ts'

/** One thing that a user of kubectl does, and what they read. */
export interface KubectlCheck {
  /** The command in short, e.g. `get pvc -o wide`. */
  readonly name: string
  /** Rejects when a user would read something else. */
  run(context: KubectlContext): Promise<void>
}

/** What a check works with: a namespace of its own. */
export interface KubectlContext {
  /** Exists, and is this check's alone; commands work in it. */
  readonly namespace: string
  /** A name for an object outside of namespaces that no other check uses. It is deleted when the check is over. */
  readonly unique: (resource: string, name: string) => string
  /** Runs a command that has to succeed; its standard output in {@link cells} form. */
  readonly run: (...args: readonly string[]) => Promise<string>
  /** Runs a command that has to succeed; its standard output as it is. */
  readonly raw: (...args: readonly string[]) => Promise<string>
  /** Runs a command that reads a manifest (`--filename=-`) and has to succeed. */
  readonly feed: (manifest: object, ...args: readonly string[]) => Promise<string>
  /** Runs a command that has to fail; its standard error in {@link cells} form. */
  readonly fails: (...args: readonly string[]) => Promise<string>
  /** The same with a manifest. */
  readonly feedFails: (manifest: object, ...args: readonly string[]) => Promise<string>
  /** Runs a command, whatever comes of it. */
  readonly result: (args: readonly string[], input: string) => Promise<KubectlResult>
  /** Starts a command that goes on. It is ended with the check. */
  readonly start: (...args: readonly string[]) => RunningKubectl
}

/** Runs one check in a namespace of its own, and removes what it made. */
export async function runCheck(check: KubectlCheck, kubectl: Kubectl, index: number): Promise<void> {
  const namespace = `kubectl-${index}`
  const started: RunningKubectl[] = []
  const outside: (readonly [resource: string, name: string])[] = []
  const place = (args: readonly string[]) => [`--namespace=${namespace}`, ...args]

  async function succeed(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl.run(place(args), input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
    return stdout
  }

  async function fail(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl.run(place(args), input)
    if (code === 0) throw new Error(`kubectl ${args.join(' ')} has to fail, and printed:\n${stdout}`)
    return cells(stderr)
  }

  const context: KubectlContext = {
    namespace,
    unique(resource, name) {
      const unique = `${name}-${index}`
      outside.push([resource, unique])
      return unique
    },
    run: async (...args) => cells(await succeed(args)),
    raw: (...args) => succeed(args),
    feed: async (manifest, ...args) => cells(await succeed([...args, '--filename=-'], JSON.stringify(manifest))),
    fails: (...args) => fail(args),
    feedFails: (manifest, ...args) => fail([...args, '--filename=-'], JSON.stringify(manifest)),
    result: (args, input) => kubectl.run(place(args), input),
    start(...args) {
      const running = kubectl.start(place(args))
      started.push(running)
      return running
    },
  }
  await context.feed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, 'create')
  try {
    await check.run(context)
  } finally {
    for (const running of started) await running.stop()
    for (const [resource, name] of outside) await removeForGood(kubectl, resource, name)
    await kubectl.run(['delete', 'namespace', namespace, '--wait=false'])
  }
}

/** Nobody takes care of protecting finalizers when the server is alone. */
async function removeForGood(kubectl: Kubectl, resource: string, name: string): Promise<void> {
  await kubectl.run(['delete', resource, name, '--wait=false', '--ignore-not-found'])
  const patch = JSON.stringify({ metadata: { finalizers: null } })
  await kubectl.run(['patch', resource, name, '--type=merge', `--patch=${patch}`])
}

/** What was read, line by line. */
export function reads(actual: string, ...expected: readonly string[]): void {
  assert.deepEqual(actual.split('\n'), expected)
}

/** What was read has these lines, in this order; others may stand between them. */
export function readsAmongOthers(actual: string, ...expected: readonly string[]): void {
  const lines = actual.split('\n')
  let from = 0
  for (const line of expected) {
    const at = lines.indexOf(line, from)
    if (at < 0) throw new Error(`no line ${JSON.stringify(line)} in:\n${lines.slice(from).join('\n')}`)
    from = at + 1
  }
}

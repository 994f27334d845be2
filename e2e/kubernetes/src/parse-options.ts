import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Options =
  | {
      readonly kind: 'run'
      readonly names: readonly string[]
      readonly keep: boolean
      readonly soak: SoakOptions
    }
  | { readonly kind: 'help' }
  /** The line to print before leaving with exit code 2. */
  | { readonly kind: 'usage-error'; readonly message: string }

/** How the soak is run. */
export interface SoakOptions {
  readonly minutes: number
  /** Of its random choices; absent: a new one each time. */
  readonly seed?: number
}

/** A scenario or a suite as the command line knows it. */
export interface ScenarioName {
  readonly name: string
  readonly title: string
}

/** Run when nothing is named. */
const defaultNames = ['smoke']
const defaultMinutes = 30

/** Parses the arguments of `npm run e2e --`. */
export function parseOptions(argv: readonly string[], known: readonly ScenarioName[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        keep: { type: 'boolean', default: false },
        minutes: { type: 'string', default: `${defaultMinutes}` },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { kind: 'help' }
    const unknown = positionals.find((name) => !known.some((one) => one.name === name))
    if (unknown !== undefined) {
      const names = known.map(({ name }) => name).join(', ')
      return { kind: 'usage-error', message: `unknown scenario "${unknown}": expected one of ${names}` }
    }
    const names = positionals.length === 0 ? defaultNames : [...new Set(positionals)]
    const minutes = parsePositive('--minutes', values.minutes)
    const seed = values.seed === undefined ? {} : { seed: parsePositive('--seed', values.seed) }
    return { kind: 'run', names, keep: values.keep, soak: { minutes, ...seed } }
  } catch (error) {
    // Only the first sentence: what follows explains how to pass a positional that starts with a dash.
    return { kind: 'usage-error', message: (error as Error).message.split('. ')[0] ?? '' }
  }
}

function parsePositive(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${flag}: expected a positive whole number, got "${text}"`)
  return Number(text)
}

/** Text of `--help`. */
export function renderHelp(scenarios: readonly ScenarioName[], suites: readonly ScenarioName[]): string {
  const width = Math.max(...[...scenarios, ...suites].map(({ name }) => name.length))
  const list = (names: readonly ScenarioName[]) =>
    names.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n')
  return `npm run e2e -- [name...] [--keep] [--minutes N] [--seed N]

Runs scenarios on real Kubernetes, built from its Go modules (once), and suites that bring what they need themselves.

Scenarios, in namespaces of their own: need Linux, root and Go (default: ${defaultNames.join(' ')}):
${list(scenarios)}

Suites:
${list(suites)}

Options:
  --keep     leave the cluster running after the scenarios, say how to get in, and end at Ctrl-C
  --minutes  how long soak churns (default ${defaultMinutes})
  --seed     seed of soak's random choices, as an earlier run printed it (default: a new one)
  --help     print this

Environment:
  KUBEBUILDER_ASSETS  folder with kube-apiserver, etcd and kubectl to use instead of building them

Logs of the newest runs are in .cache/e2e/<run>/logs. Exit codes: 0 all passed, 1 something failed, 2 wrong usage.
`
}

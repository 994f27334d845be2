import { describe, expect, expectTypeOf, it } from 'vitest'
import { flag } from './flag.ts'
import { type FlagsFor, HelpRequested, parseFlags, UsageError } from './flag-table.ts'

interface Options {
  readonly csiAddress: string
  readonly timeoutMs: number
  readonly leaderElection: boolean
  readonly qps: number
  readonly burst: number
  readonly threads: number
  readonly verbosity: number
  readonly labels: Readonly<Record<string, string>>
  readonly gates: Readonly<Record<string, string>>
  readonly nodes: readonly string[]
  readonly mode: 'online' | 'offline'
}

const table: FlagsFor<Options> = {
  csiAddress: flag.string({ name: 'csi-address', default: '/run/csi/socket', help: '' }),
  timeoutMs: flag.duration({ name: 'timeout', default: 1_000, min: 0, help: '' }),
  leaderElection: flag.bool({ name: 'leader-election', default: false, help: '' }),
  qps: flag.float({ name: 'kube-api-qps', default: 5, help: '' }),
  burst: flag.int({ name: 'kube-api-burst', default: 10, help: '' }),
  threads: flag.uint({ name: 'worker-threads', default: 100, min: 1, max: 1_000, help: '' }),
  verbosity: flag.int({ name: 'v', default: 0, help: '' }),
  labels: flag.stringMap({ name: 'labels', default: {}, separator: ':', help: '' }),
  gates: flag.stringMap({ name: 'feature-gates', default: { X: 'true' }, help: '' }),
  nodes: flag.stringList({ name: 'nodes', default: ['all'], help: '' }),
  mode: flag.enumeration({ name: 'mode', default: 'online', values: ['online', 'offline'], help: '' }),
}

describe('parseFlags', () => {
  it.each([
    { argv: ['--csi-address=/x'], values: { csiAddress: '/x' } },
    { argv: ['-csi-address=/x'], values: { csiAddress: '/x' } },
    { argv: ['-csi-address', '/x'], values: { csiAddress: '/x' } },
    { argv: ['--csi-address', '--timeout'], values: { csiAddress: '--timeout' } }, // Go takes the next word, whatever it is
    { argv: ['--csi-address='], values: { csiAddress: '' } },
    { argv: ['--csi-address=a=b'], values: { csiAddress: 'a=b' } },
    { argv: ['--timeout=1m30s'], values: { timeoutMs: 90_000 } },
    { argv: ['--timeout=0'], values: { timeoutMs: 0 } },
    { argv: ['--leader-election'], values: { leaderElection: true } },
    { argv: ['--leader-election=T'], values: { leaderElection: true } },
    { argv: ['--leader-election', '--leader-election=false'], values: { leaderElection: false } },
    { argv: ['--kube-api-qps', '5.5'], values: { qps: 5.5 } },
    { argv: ['--kube-api-qps=-1e2'], values: { qps: -100 } },
    { argv: ['--kube-api-burst=0x1_0'], values: { burst: 16 } },
    { argv: ['--kube-api-burst=0b11', '--kube-api-burst=010'], values: { burst: 8 } },
    { argv: ['--kube-api-burst=-1_000'], values: { burst: -1_000 } },
    { argv: ['-v=5'], values: { verbosity: 5 } },
    { argv: ['--v=5'], values: { verbosity: 5 } },
    { argv: ['-v', '5'], values: { verbosity: 5 } },
    { argv: ['-v5'], values: { verbosity: 5 } },
    { argv: ['--labels=a:1,b:2', '--labels', 'b:3,c:4'], values: { labels: { a: '1', b: '3', c: '4' } } },
    { argv: ['--feature-gates=A=true, B=false'], values: { gates: { A: 'true', B: 'false' } } },
    { argv: ['--feature-gates='], values: { gates: {} } },
    { argv: ['--nodes=a,b', '--nodes=c'], values: { nodes: ['a', 'b', 'c'] } },
    { argv: ['--mode=offline'], values: { mode: 'offline' } },
  ])('reads $argv', ({ argv, values }) => {
    expect(parseFlags(table, argv).values).toMatchObject(values)
  })

  it('has the defaults for what is not given, and says what was', () => {
    const { values, changed, args } = parseFlags(table, ['--timeout=1s'])
    expect(values).toEqual({
      csiAddress: '/run/csi/socket',
      timeoutMs: 1_000,
      leaderElection: false,
      qps: 5,
      burst: 10,
      threads: 100,
      verbosity: 0,
      labels: {},
      gates: { X: 'true' },
      nodes: ['all'],
      mode: 'online',
    })
    expect([...changed]).toEqual(['timeoutMs'])
    expect(args).toEqual([])
    expectTypeOf(values.mode).toEqualTypeOf<'online' | 'offline'>()
  })

  it.each([
    { argv: ['--nope'], message: 'flag provided but not defined: -nope' },
    { argv: ['--nope=1'], message: 'flag provided but not defined: -nope' },
    { argv: ['--csi_address=/x'], message: 'flag provided but not defined: -csi_address' },
    { argv: ['-vv'], message: 'flag provided but not defined: -vv' },
    { argv: ['--constructor'], message: 'flag provided but not defined: -constructor' },
    { argv: ['--csi-address'], message: 'flag needs an argument: -csi-address' },
    { argv: ['---csi-address=/x'], message: 'bad flag syntax: ---csi-address=/x' },
    { argv: ['--=x'], message: 'bad flag syntax: --=x' },
    {
      argv: ['--timeout=10'],
      message:
        'invalid value "10" for flag -timeout: missing unit in duration "10" (allowed: a number with a unit, such as 300ms, 10s or 1m30s)',
    },
    { argv: ['--timeout=-1s'], message: 'invalid value "-1s" for flag -timeout: allowed: at least 0s' },
    {
      argv: ['--leader-election=maybe'],
      message:
        'invalid boolean value "maybe" for flag -leader-election: allowed: true or false, also 1, 0, t, f, T, F, TRUE, FALSE, True, False',
    },
    {
      argv: ['--kube-api-burst=1.5'],
      message: 'invalid value "1.5" for flag -kube-api-burst: allowed: a whole number',
    },
    {
      argv: ['--kube-api-burst=1__0'],
      message: 'invalid value "1__0" for flag -kube-api-burst: allowed: a whole number',
    },
    { argv: ['--kube-api-burst=08'], message: 'invalid value "08" for flag -kube-api-burst: allowed: a whole number' },
    {
      argv: ['--kube-api-burst=99999999999999999999'],
      message: 'invalid value "99999999999999999999" for flag -kube-api-burst: value out of range',
    },
    { argv: ['--kube-api-qps=fast'], message: 'invalid value "fast" for flag -kube-api-qps: allowed: a number' },
    { argv: ['--kube-api-qps=1e999'], message: 'invalid value "1e999" for flag -kube-api-qps: value out of range' },
    {
      argv: ['--worker-threads=0'],
      message: 'invalid value "0" for flag -worker-threads: allowed: at least 1, at most 1000',
    },
    {
      argv: ['--labels=a=1'],
      message: 'invalid value "a=1" for flag -labels: malformed pair "a=1", allowed: key:value,key:value',
    },
    {
      argv: ['--labels=a:1:2'],
      message: 'invalid value "a:1:2" for flag -labels: malformed pair "a:1:2", allowed: key:value,key:value',
    },
    {
      argv: ['--feature-gates=A'],
      message: 'invalid value "A" for flag -feature-gates: malformed pair "A", allowed: key=value,key=value',
    },
    { argv: ['--mode=both'], message: 'invalid value "both" for flag -mode: allowed: online, offline' },
    { argv: ['--mode=a\nb'], message: 'invalid value "a\\nb" for flag -mode: allowed: online, offline' },
  ])('refuses $argv in one line that names the flag, the value and what is allowed', ({ argv, message }) => {
    expect(() => parseFlags(table, argv)).toThrow(new UsageError(message))
  })

  it.each([['-h'], ['-help'], ['--help'], ['--timeout=1s', '--help', '--nope']])(
    'notices a request for help in %s',
    (...argv) => {
      expect(() => parseFlags(table, argv)).toThrow(HelpRequested)
    },
  )

  it.each([
    { argv: ['--leader-election', 'false', '--nope'], args: ['false', '--nope'], why: 'a bool takes no second word' },
    { argv: ['--', '--nope'], args: ['--nope'], why: 'two dashes alone end the flags' },
    { argv: ['-', '--nope'], args: ['-', '--nope'], why: 'one dash alone is an argument' },
    { argv: ['', '--nope'], args: ['', '--nope'], why: 'an empty word is an argument' },
  ])('ends parsing at the first argument, as Go: $why', ({ argv, args }) => {
    expect(parseFlags(table, argv).args).toEqual(args)
  })

  it('lets flags follow arguments in the grammar of pflag, until two dashes', () => {
    const { values, args } = parseFlags(table, ['one', '--v=3', 'two', '--', '--v=9'], { grammar: 'pflag' })
    expect([values.verbosity, args]).toEqual([3, ['one', 'two', '--v=9']])
  })

  it('keeps keys that would be special in an object', () => {
    expect(Object.keys(parseFlags(table, ['--labels=__proto__:x']).values.labels)).toEqual(['__proto__'])
  })
})

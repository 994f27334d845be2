import { describe, expect, it } from 'vitest'
import { flag } from './flag.ts'
import { flagsAsMarkdown, renderHelp } from './flag-help.ts'
import { groupFlags } from './flag-table.ts'

const table = {
  address: flag.string({
    name: 'csi-address',
    default: '/run/csi/socket',
    help: 'Path of the socket. It is long enough to be wrapped onto a second line here.',
  }),
  old: flag.int({ name: 'health-port', default: 9808, help: 'Port.', deprecated: 'use --http-endpoint' }),
  hidden: flag.bool({ name: 'hidden', default: false, help: 'Nobody sees this.', hidden: true }),
  ...groupFlags('Leader election', {
    elect: flag.bool({ name: 'leader-election', default: false, help: 'Elect.' }),
    immediate: flag.bool({ name: 'immediate', default: true, help: 'At once | never.' }),
    lease: flag.duration({ name: 'lease', default: 15_000, help: 'Lease.' }),
  }),
}

describe('renderHelp', () => {
  it('groups the flags and shows kinds, defaults and deprecations', () => {
    expect(renderHelp({ name: 'demo', summary: 'Demonstrates.' }, table)).toBe(`Demonstrates.

Usage:
  demo [flags]

Flags:
  --csi-address string
      Path of the socket. It is long enough to be wrapped onto a second line here. (default
      /run/csi/socket)
  --health-port int
      DEPRECATED: use --http-endpoint. Port. (default 9808)

Leader election:
  --leader-election
      Elect.
  --immediate
      At once | never. (default true)
  --lease duration
      Lease. (default 15s)
`)
  })
})

describe('flagsAsMarkdown', () => {
  it('is an aligned table per group', () => {
    expect(flagsAsMarkdown(table)).toBe(`### Flags

| Flag            | Kind   | Default           | Meaning                                                                      |
| --------------- | ------ | ----------------- | ---------------------------------------------------------------------------- |
| \`--csi-address\` | string | \`/run/csi/socket\` | Path of the socket. It is long enough to be wrapped onto a second line here. |
| \`--health-port\` | int    | \`9808\`            | **Deprecated**: use --http-endpoint. Port.                                   |

### Leader election

| Flag                | Kind     | Default | Meaning           |
| ------------------- | -------- | ------- | ----------------- |
| \`--leader-election\` | bool     |         | Elect.            |
| \`--immediate\`       | bool     | \`true\`  | At once \\| never. |
| \`--lease\`           | duration | \`15s\`   | Lease.            |
`)
  })
})

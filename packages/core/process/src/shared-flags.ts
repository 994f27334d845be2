import { flag } from './flag.ts'
import { type FlagsFor, groupFlags } from './flag-table.ts'

/** What every program understands, besides logging. */
export interface GeneralOptions {
  readonly version: boolean
  readonly automaxprocs: boolean
}

/** Flags of every program, besides logging. */
export const generalFlags: FlagsFor<GeneralOptions> = groupFlags('General', {
  version: flag.bool({ name: 'version', default: false, help: 'Print the version and exit.' }),
  automaxprocs: flag.bool({
    name: 'automaxprocs',
    default: false,
    help: 'Accepted for compatibility: there are no Go processors to count.',
  }),
})

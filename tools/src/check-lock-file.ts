import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LockEntries, missingPlatformEntries } from './complete-lock.ts'
import { report } from './report.ts'
import { root } from './root.ts'

const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: LockEntries }
report(
  'package-lock.json',
  Object.keys(missingPlatformEntries(lock.packages)).map((path) => `${path} is missing: run npm run lock`),
)

import { boundaryViolations } from './boundaries.ts'
import { report } from './report.ts'

report(
  'package boundaries',
  (await boundaryViolations()).map(({ file, message }) => `${file}: ${message}`),
)

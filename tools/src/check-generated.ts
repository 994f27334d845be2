import { staleFiles } from './generated-files.ts'
import { report } from './report.ts'

report(
  'generated files',
  (await staleFiles()).map((path) => `${path} is not what npm run generate writes`),
)

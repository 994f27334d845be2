import { staleFiles } from './generated-files.ts'
import { report } from './report.ts'
import { resourceTable } from './resource-table.ts'

report(
  'generated files',
  (await staleFiles()).map((path) => `${path} is not what npm run generate writes`),
)
resourceTable('check')

import { writeGeneratedFiles } from './generated-files.ts'
import { resourceTable } from './resource-table.ts'

await writeGeneratedFiles()
resourceTable('write')

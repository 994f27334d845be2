import { writeGeneratedFiles } from './generated-files.ts'

await writeGeneratedFiles()

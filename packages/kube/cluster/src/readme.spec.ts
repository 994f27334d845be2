import { useReadmeSample } from '@csi-ts/tools/readme-sample'

// Every block is a test file: it adds itself to these.
const sample = useReadmeSample(import.meta.url)
await import(sample.file('finalizer.spec.ts'))
await import(sample.file('lost-answer.spec.ts'))
await import(sample.file('contract.spec.ts'))

import { expect, it } from 'vitest'
import { sumByPackage } from './bench-program.ts'

it('sumByPackage() adds up files, by npm name or folder of the package, the heaviest first', () => {
  expect(
    sumByPackage([
      { path: 'node_modules/yaml/dist/index.js', bytesInOutput: 10 },
      { path: '../node_modules/@grpc/grpc-js/build/a.js', bytesInOutput: 200 },
      { path: 'node_modules/a/node_modules/yaml/x.js', bytesInOutput: 5 },
      { path: 'packages/csi/rpc/src/a.ts', bytesInOutput: 30 },
      { path: '../packages/csi/rpc/src/b.ts', bytesInOutput: 40 },
      { path: 'src/own.ts', bytesInOutput: 1 },
    ]),
  ).toEqual([
    ['@grpc/grpc-js', 200],
    ['csi/rpc', 70],
    ['yaml', 15],
    ['src/own.ts', 1],
  ])
})

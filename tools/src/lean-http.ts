import { getBuiltinModule } from 'node:process'
import type { Plugin } from 'esbuild'

/**
 * Imports of `node:http` without its ES module facade. The facade reads every export when it is made, `WebSocket` among them, and
 * that loads Node's whole built-in fetch: 40 ms and 2 MB in every program that only wants a server.
 */
export const leanHttp: Plugin = {
  name: 'lean-http',
  setup(build) {
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'http', namespace: 'lean-http' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'lean-http' }, () => {
      const lazy = ['WebSocket', 'CloseEvent', 'MessageEvent']
      const names = Object.getOwnPropertyNames(getBuiltinModule('node:http')).filter((name) => !lazy.includes(name))
      const contents = `const http = process.getBuiltinModule('node:http')\nexport const { ${names.join(', ')} } = http\nexport default http\n`
      return { contents, loader: 'js' }
    })
  },
}

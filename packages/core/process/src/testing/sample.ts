import { createHttpEndpoints, type FlagsFor, flag, runMain } from '@csi-ts/process'

interface Options {
  readonly httpEndpoint: string
  readonly timeoutMs: number
}

const flags: FlagsFor<Options> = {
  httpEndpoint: flag.string({ name: 'http-endpoint', default: ':8080', help: 'Where to serve /healthz.' }),
  timeoutMs: flag.duration({ name: 'timeout', default: 10_000, min: 0, help: 'Time limit of one call.' }),
}

await runMain({
  name: 'example',
  version: '1.0.0',
  summary: 'Answers ok until it is told to stop.',
  flags,
  async start(options, { log, signal }) {
    const endpoints = createHttpEndpoints({ log })
    endpoints.handle('/healthz', () => ({ status: 200, body: 'ok' }))
    const { address } = await endpoints.listen(options.httpEndpoint)
    log.info('listening', { address, timeoutMs: options.timeoutMs })
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await endpoints.close()
  },
})

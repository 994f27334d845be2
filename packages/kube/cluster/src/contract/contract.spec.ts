import { silentLogger } from '@csi-ts/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedApiServer, startEmbeddedCluster } from '../api-server/embedded-cluster.ts'
import { type ContractContext, withContractContext } from './contract-context.ts'
import { contractRules } from './contract-rules.ts'
import { expectExpired } from './watch-rules.ts'

describe('the embedded API server', () => {
  let server: EmbeddedApiServer
  beforeAll(async () => {
    server = await startEmbeddedCluster()
  })
  afterAll(() => server.close())

  async function keep(rule: (context: ContractContext) => Promise<void>): Promise<void> {
    const work = { signal: new AbortController().signal, log: silentLogger }
    await withContractContext(server.client('contract'), work, rule)
  }

  it.each(contractRules)('$name', ({ run }) => expect(keep(run)).resolves.toBeUndefined())

  it('answers 410 to who comes back after it has forgotten', () =>
    expect(keep((context) => expectExpired(context, () => server.forgetHistory()))).resolves.toBeUndefined())
})

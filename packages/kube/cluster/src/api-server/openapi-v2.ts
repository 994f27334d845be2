import { resourceTable } from '../generated/resource-table.ts'
import type { ApiAnswer } from './api-call.ts'

const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** kubectl asks by the older name; kube-apiserver takes both and answers with the newer one. */
const protobufNames = [protobuf, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']

/**
 * The answer to `/openapi/v2`: a document that describes nothing, since all is in `/openapi/v3`. kubectl still reads this
 * one for kinds that it does not find there, such as `List`, and does not validate what it does not describe.
 * As protobuf an empty message is no bytes at all; any other `Accept` gets JSON.
 */
export function openApiV2Answer(accept: string): ApiAnswer {
  const accepted = accept.split(',').map((entry) => (entry.split(';')[0] ?? '').trim().toLowerCase())
  if (accepted.some((type) => protobufNames.includes(type))) {
    return { kind: 'text', code: 200, text: '', contentType: protobuf }
  }
  const info = { title: 'Kubernetes', version: `v${resourceTable.release}` }
  return { kind: 'text', code: 200, text: JSON.stringify({ swagger: '2.0', info, paths: {}, definitions: {} }) }
}

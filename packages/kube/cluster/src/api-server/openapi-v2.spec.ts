import { expect, it } from 'vitest'
import { openApiV2Answer } from './openapi-v2.ts'

const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

it.each(['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', `application/xml, ${protobuf};q=0.5`])(
  'to %s it is an empty message',
  (accept) => {
    expect(openApiV2Answer(accept)).toEqual({ kind: 'text', code: 200, text: '', contentType: protobuf })
  },
)

it.each(['application/json', '*/*', ''])('to %j it is a JSON document without definitions', (accept) => {
  const answer = openApiV2Answer(accept) as { readonly text: string; readonly contentType?: string }
  expect(answer.contentType).toBeUndefined()
  expect(JSON.parse(answer.text)).toMatchObject({ swagger: '2.0', paths: {}, definitions: {} })
})

import { type ApiAnswer, type ApiCall, jsonAnswer } from './api-call.ts'
import { recordAt, stringAt } from './json-record.ts'
import { groupVersionOf } from './served-resource.ts'
import type { Tokens } from './tokens.ts'

/** Answers to the questions that are posted like objects but never stored; undefined for any other resource. */
export function answerReview(call: ApiCall, tokens: Tokens): ApiAnswer | undefined {
  const { resource, body, user } = call
  const spec = recordAt(body, 'spec')
  const answer = (status: unknown) =>
    jsonAnswer(201, { kind: resource.kind, apiVersion: groupVersionOf(resource), metadata: {}, spec, status })
  switch (`${resource.group}/${resource.plural}`) {
    case 'authorization.k8s.io/selfsubjectaccessreviews':
    case 'authorization.k8s.io/subjectaccessreviews':
      return answer({ allowed: true })
    case 'authentication.k8s.io/selfsubjectreviews':
      return answer({ userInfo: { username: user.name, groups: user.groups } })
    case 'authentication.k8s.io/tokenreviews': {
      const found = tokens.verify(stringAt(spec, 'token'))
      if (found === undefined) return answer({ user: {}, error: 'the token is not valid' })
      return answer({ authenticated: true, user: { username: found.name, groups: found.groups } })
    }
    default:
      return undefined
  }
}

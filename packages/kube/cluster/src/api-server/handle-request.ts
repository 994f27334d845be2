import type { IncomingMessage } from 'node:http'
import { parse as parseYaml } from 'yaml'
import type { ApiAnswer, ApiCall, ApiState, UserInfo } from './api-call.ts'
import { authenticate } from './authenticate.ts'
import { discover, discoveryContentType } from './discovery.ts'
import { dispatch } from './dispatch.ts'
import { openApiDocument } from './openapi.ts'
import { openApiV2Answer } from './openapi-v2.ts'
import type { RecordedRequest } from './request-recording.ts'
import { parseRoute, type ResourceRoute } from './request-route.ts'
import { answerReview } from './reviews.ts'
import { badRequest, methodNotAllowed, pathNotFound, StatusError, statusOf } from './status-error.ts'
import type { Tokens } from './tokens.ts'
import { parseView } from './view.ts'

/** What the handler works with. */
export interface HandlerDeps {
  readonly state: ApiState
  readonly tokens: Tokens
  record(request: RecordedRequest): void
  /** Called for an error that is no answer to the client but a fault of this server. */
  onFault(error: unknown): void
}

/** Answers one request. Never throws. */
export async function handleRequest(deps: HandlerDeps, request: IncomingMessage): Promise<ApiAnswer> {
  const url = new URL(request.url ?? '/', 'https://localhost')
  const route = parseRoute(request.method ?? 'GET', url)
  let user: UserInfo = { name: '', groups: [] }
  let answer: ApiAnswer
  try {
    user = authenticate(request, url.pathname, deps.tokens)
    answer =
      route.kind === 'path'
        ? answerPath(deps, route.path, request)
        : await answerResource(deps, route, url, request, user)
  } catch (error) {
    if (!(error instanceof StatusError)) deps.onFault(error)
    answer = errorAnswer(error)
  }
  if (route.kind === 'resource') deps.record(recordOf(deps, route, request, user, answer))
  return answer
}

function recordOf(
  { state }: HandlerDeps,
  route: ResourceRoute,
  { headers }: IncomingMessage,
  user: UserInfo,
  answer: ApiAnswer,
): RecordedRequest {
  const code = answer.kind === 'text' ? answer.code : 200
  const contentType = (headers['content-type'] ?? '').split(';')[0] ?? ''
  const { kind: _, ...target } = route
  return {
    ...target,
    userAgent: headers['user-agent'] ?? '',
    user: user.name,
    timeMs: state.clock.now(),
    contentType,
    code,
  }
}

/** The Status that stands for an error. */
function errorAnswer(error: unknown): ApiAnswer {
  const status = statusOf(error)
  const seconds = error instanceof StatusError ? error.details?.retryAfterSeconds : undefined
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) }
  return { kind: 'text', code: status.code, text: JSON.stringify(status), headers }
}

const pageNotFound: ApiAnswer = {
  kind: 'text',
  code: 404,
  text: '404 page not found\n',
  contentType: 'text/plain; charset=utf-8',
}

function answerPath({ state }: HandlerDeps, path: string, { headers }: IncomingMessage): ApiAnswer {
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
    return { kind: 'text', code: 200, text: 'ok', contentType: 'text/plain; charset=utf-8' }
  }
  const accept = headers.accept ?? ''
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path
  if (plain === '/openapi/v2') return openApiV2Answer(accept)
  const found = discover(state.registry, plain, accept) ?? openApiDocument(state.registry, plain)
  if (found === undefined) return pageNotFound
  return { kind: 'text', code: 200, text: JSON.stringify(found), contentType: discoveryContentType(path, accept) }
}

async function answerResource(
  deps: HandlerDeps,
  route: ResourceRoute,
  url: URL,
  request: IncomingMessage,
  user: UserInfo,
): Promise<ApiAnswer> {
  const { state, tokens } = deps
  const resource = state.registry.find(route.group, route.version, route.resource)
  const subresource = resource?.subresources.get(route.subresource)
  if (!state.registry.all().some(({ group, version }) => group === route.group && version === route.version))
    return pageNotFound
  if (resource === undefined || (route.subresource !== '' && subresource === undefined)) throw pathNotFound()
  const isMisplaced = resource.namespaced ? route.namespace === '' && route.name !== '' : route.namespace !== ''
  if (isMisplaced) throw pathNotFound()
  const needsNamespace = resource.namespaced && route.namespace === '' && !['list', 'watch'].includes(route.verb)
  if (needsNamespace || (route.name === '' && ['update', 'patch'].includes(route.verb))) throw methodNotAllowed()
  const contentType = (request.headers['content-type'] ?? '').split(';')[0] ?? ''
  const call: ApiCall = {
    state,
    resource,
    subresource,
    route,
    query: url.searchParams,
    contentType,
    body: await readBody(request, contentType),
    user,
    userAgent: request.headers['user-agent'] ?? '',
    view: parseView(request.headers.accept ?? ''),
    nowMs: state.clock.now(),
    warnings: [],
  }
  const answer = answerReview(call, tokens) ?? dispatch(call)
  if (call.warnings.length === 0 || answer.kind !== 'text') return answer
  const warning = call.warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ')
  return { ...answer, headers: { ...answer.headers, warning } }
}

const bodyTypes = ['application/json', 'application/yaml', '']

async function readBody(request: IncomingMessage, contentType: string): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  if (text === '') return undefined
  if (!bodyTypes.includes(contentType) && !/^application\/[a-z-]+patch\+(json|yaml)$/.test(contentType)) {
    const message =
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml'
    throw new StatusError(415, 'UnsupportedMediaType', message)
  }
  try {
    return contentType.endsWith('yaml') && !/^\s*[{[]/.test(text) ? parseYaml(text) : JSON.parse(text)
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized: couldn't get version/kind; json parse error: ${(error as Error).message} (${text.slice(0, 100)})`,
    )
  }
}

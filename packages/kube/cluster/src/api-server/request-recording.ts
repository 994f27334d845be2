import type { ResourceRoute } from './request-route.ts'

/** One request for a resource, as the server saw it. */
export interface RecordedRequest extends Omit<ResourceRoute, 'kind'> {
  readonly userAgent: string
  readonly user: string
  /** Wall clock, milliseconds. */
  readonly timeMs: number
  /** Content type of the body, which tells patches apart; `''` without a body. */
  readonly contentType: string
  /** HTTP status of the answer; a watch is recorded with 200 when it starts. */
  readonly code: number
}

/** What was asked of the server, oldest first. */
export interface RequestRecording {
  /** The requests so far; only the newest 100,000 are kept. */
  all(): readonly RecordedRequest[]
  /** Forgets them. */
  clear(): void
}

const limit = 100_000

/** Creates a recording and its writing end. */
export function createRequestRecording(): {
  readonly recording: RequestRecording
  readonly add: (request: RecordedRequest) => void
} {
  let requests: RecordedRequest[] = []
  return {
    recording: {
      all: () => requests,
      clear() {
        requests = []
      },
    },
    add(request) {
      requests.push(request)
      if (requests.length > limit * 1.5) requests = requests.slice(-limit)
    },
  }
}

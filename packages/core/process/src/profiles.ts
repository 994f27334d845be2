import { type Clock, sleep, systemClock } from '@csi-ts/concurrency'
import type { EndpointResponse } from './http-answer.ts'
import type { HttpEndpoints } from './http-endpoints.ts'

const defaultSeconds = 30
const maxSeconds = 300

/**
 * Serves what Go's pprof handlers are used for, below `/debug/pprof/`: `profile?seconds=30` is a CPU profile, `heap?seconds=30` where
 * memory was allocated in that time. Both are V8's JSON, for the browser's developer tools (`.cpuprofile`, `.heapprofile`). No memory
 * contents are served. One profile at a time; costs nothing while none is taken.
 */
export function serveProfiles(endpoints: HttpEndpoints, options: { readonly clock?: Clock } = {}): void {
  const { clock = systemClock } = options
  let busy = false
  const take = async (url: URL, signal: AbortSignal, commands: ProfileCommands): Promise<EndpointResponse> => {
    const seconds = Number(url.searchParams.get('seconds') ?? defaultSeconds)
    if (!(seconds > 0 && seconds <= maxSeconds)) {
      return { status: 400, body: `invalid seconds: allowed: more than 0, at most ${maxSeconds}\n` }
    }
    if (busy) return { status: 503, body: 'another profile is being taken\n' }
    busy = true
    try {
      return { status: 200, contentType: 'application/json', body: await record(commands, seconds, signal, clock) }
    } finally {
      busy = false
    }
  }
  const index = 'profile?seconds=30\nheap?seconds=30\n'
  endpoints.handle('/debug/pprof/', ({ url }) =>
    url.pathname === '/debug/pprof/' ? { status: 200, body: index } : { status: 404, body: '404 page not found\n' },
  )
  endpoints.handle('/debug/pprof/profile', ({ url, signal }) => take(url, signal, cpu))
  endpoints.handle('/debug/pprof/heap', ({ url, signal }) => take(url, signal, heap))
}

interface ProfileCommands {
  readonly start: readonly string[]
  readonly stop: string
  readonly end: string
}

const cpu: ProfileCommands = {
  start: ['Profiler.enable', 'Profiler.start'],
  stop: 'Profiler.stop',
  end: 'Profiler.disable',
}
const heap: ProfileCommands = {
  start: ['HeapProfiler.enable', 'HeapProfiler.startSampling'],
  stop: 'HeapProfiler.stopSampling',
  end: 'HeapProfiler.disable',
}

async function record(commands: ProfileCommands, seconds: number, signal: AbortSignal, clock: Clock): Promise<string> {
  const { Session } = await import('node:inspector/promises') // on demand: nearly nobody takes a profile
  const session = new Session()
  session.connect()
  try {
    for (const command of commands.start) await session.post(command)
    await sleep(seconds * 1000, { signal, clock })
    const result: unknown = await session.post(commands.stop)
    await session.post(commands.end)
    const { profile } = result as { readonly profile: unknown }
    return JSON.stringify(profile)
  } finally {
    session.disconnect()
  }
}

import type { Clock } from '@csi-ts/concurrency'

/** Time for log lines. */
export interface LogTime {
  /** `MMDD HH:MM:SS.uuuuuu` in local time. */
  klog(): string
  /** Milliseconds since the Unix epoch with three decimals. */
  epochMs(): string
}

/**
 * Wall time with microseconds, which the system offers only in whole milliseconds: the fraction comes from the monotonic
 * clock, and is taken anew when the two have drifted apart or somebody set the time.
 */
export function createLogTime(clock: Clock): LogTime {
  let offsetMs = clock.now() - clock.monotonicMs()
  let second = Number.NaN
  let prefix = ''

  const now = (): { readonly ms: number; readonly micros: string } => {
    const wallMs = clock.now()
    let preciseMs = offsetMs + clock.monotonicMs()
    if (preciseMs < wallMs || preciseMs >= wallMs + 2) {
      offsetMs += wallMs - preciseMs
      preciseMs = wallMs
    }
    const ms = Math.floor(preciseMs)
    const micros = Math.min(Math.floor((preciseMs - ms) * 1000), 999)
    return { ms, micros: String(micros).padStart(3, '0') }
  }

  return {
    klog: () => {
      const { ms, micros } = now()
      const atSecond = Math.floor(ms / 1000)
      if (atSecond !== second) {
        second = atSecond
        prefix = secondPrefix(new Date(ms))
      }
      return `${prefix}.${String(ms - atSecond * 1000).padStart(3, '0')}${micros}`
    },
    epochMs: () => {
      const { ms, micros } = now()
      return `${ms}.${micros}`
    },
  }
}

function secondPrefix(at: Date): string {
  return `${two(at.getMonth() + 1)}${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

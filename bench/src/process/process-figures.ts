import { readFile, writeFile } from 'node:fs/promises'

/** Memory of a process in MB (10^6 bytes), as the kernel accounts it. */
export interface ProcessMemory {
  /** All resident pages. */
  readonly residentMb: number
  /** Heap, stacks and malloc only: what no other process shares. */
  readonly anonymousMb: number
}

/** Reads `/proc/PID/smaps_rollup`. */
export async function processMemory(pid: number): Promise<ProcessMemory> {
  return parseSmapsRollup(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))
}

/** The two sums of a smaps_rollup text. Throws when one is missing. */
export function parseSmapsRollup(text: string): ProcessMemory {
  return { residentMb: kilobytesOf(text, 'Rss'), anonymousMb: kilobytesOf(text, 'Anonymous') }
}

/** The most that a process ever had resident, or since {@link resetPeak}, in MB. */
export async function peakResidentMb(pid: number): Promise<number> {
  return kilobytesOf(await readFile(`/proc/${pid}/status`, 'utf8'), 'VmHWM')
}

/** Makes the peak of a process begin again at what it has now. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

/** CPU seconds that a process has used so far, in its own code and in the kernel; the kernel counts in steps of 10 ms. */
export async function cpuSeconds(pid: number): Promise<number> {
  return parseCpuSeconds(await readFile(`/proc/${pid}/stat`, 'utf8'))
}

/** utime + stime of a `/proc/PID/stat` line, whose second field, the name, may hold spaces and parentheses. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  if (!Number.isInteger(user) || !Number.isInteger(system)) throw new Error(`no times in the stat line ${stat}`)
  return (user + system) / ticksPerSecond
}

/** Established TCP connections of this network namespace to a port of the loopback address, seen from the client. */
export async function connectionsTo(port: number): Promise<number> {
  return parseConnections(await readFile('/proc/net/tcp', 'utf8'), port)
}

/** Counts lines of `/proc/net/tcp` in state 01 whose remote port this is. */
export function parseConnections(text: string, port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return text.split('\n').filter((line) => {
    const fields = line.trim().split(/\s+/)
    return fields[2]?.endsWith(remote) === true && fields[3] === '01'
  }).length
}

/** USER_HZ: 100 on every Linux that we run on. */
const ticksPerSecond = 100

function kilobytesOf(text: string, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)
  if (match?.[1] === undefined) throw new Error(`there is no line ${field}`)
  return (Number(match[1]) * 1024) / 1e6
}

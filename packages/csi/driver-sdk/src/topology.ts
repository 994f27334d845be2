import type { Topology, TopologyRequirement } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'

/** Keys and values of a topology, `topology.example.com/zone` to `z1`. */
export type Segments = Readonly<Record<string, string>>

/**
 * Places a volume that is reachable from one topology: the first preferred one that fits, else the first of the other
 * requisite ones. Keys compare without regard to case, as the specification says.
 * @param available topologies that the driver can place a volume in; undefined means anywhere
 * @returns the chosen segments; undefined when the request asks for nothing
 * @throws CsiError ResourceExhausted when nothing fits
 */
export function chooseTopology(
  requirement: TopologyRequirement | undefined,
  available?: readonly Segments[],
): Segments | undefined {
  const wanted = [...(requirement?.preferred ?? []), ...(requirement?.requisite ?? [])]
  if (wanted.length === 0) return undefined
  for (const { segments } of wanted) {
    if (available === undefined) return segments
    const place = available.find((candidate) => contains(candidate, segments))
    if (place !== undefined) return place
  }
  const asked = wanted.map(({ segments }) => JSON.stringify(segments)).join(', ')
  throw new CsiError(Code.ResourceExhausted, `no volume can be placed in any of the requested topologies ${asked}`)
}

/** Whether a volume with that accessible topology can be reached from a node; a volume without one can, from everywhere. */
export function isAccessible(accessible: readonly Topology[], node: Segments): boolean {
  return accessible.length === 0 || accessible.some(({ segments }) => contains(node, segments))
}

/** Whether every segment of `part` is in `whole`. */
function contains(whole: Segments, part: Segments): boolean {
  const values = new Map(Object.entries(whole).map(([key, value]) => [key.toLowerCase(), value]))
  return Object.entries(part).every(([key, value]) => values.get(key.toLowerCase()) === value)
}

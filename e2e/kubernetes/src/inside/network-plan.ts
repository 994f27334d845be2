import { nodeAddress, serviceAddress } from '../cluster/layout.ts'

/**
 * Arguments of the `ip` commands that give the empty network namespace a node address and the service address.
 * There is no dummy device in some kernels, so a bridge without ports carries the node's address.
 */
export function planNetwork(): string[][] {
  return [
    ['link', 'set', 'lo', 'up'],
    ['address', 'add', `${serviceAddress}/32`, 'dev', 'lo'],
    ['link', 'add', 'node0', 'type', 'bridge'],
    ['address', 'add', `${nodeAddress}/24`, 'dev', 'node0'],
    ['link', 'set', 'node0', 'up'],
    ['route', 'add', 'default', 'via', nodeAddress],
  ]
}

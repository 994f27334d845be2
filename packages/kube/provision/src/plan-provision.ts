import { isTerminating, keyOf } from '@csi-ts/kube-api'
import type { ClaimView, ClassView, ProvisionRequest, VolumeView } from './provisioner.ts'
import { selectedNodeOf } from './selected-node.ts'
import { classNameOf, isDelayedBinding, provisionerOf } from './storage-class.ts'

/** All that the decision about one claim depends on. */
export interface ProvisionFacts {
  /** The claim as it is; undefined when it was deleted. */
  readonly claim: ClaimView | undefined
  /** The class that the claim names, when it exists. */
  readonly storageClass: ClassView | undefined
  /** Name that the claim's volume has or would have. */
  readonly volumeName: string
  /** The volume of that name, when it exists. */
  readonly volume: VolumeView | undefined
  /** An attempt of ours whose outcome is not known. */
  readonly attempt: ProvisionRequest | undefined
  /** The claim's volume existed and its storage was deleted: what the cache says of the claim is old. */
  readonly wasDeleted: boolean
  /** Names of this provisioner. */
  readonly names: readonly string[]
}

/** What to do about one claim. */
export type ProvisionPlan =
  /** Not ours, or nothing left to do; an attempt that is remembered is settled. */
  | { readonly kind: 'nothing'; readonly why: string }
  /** Cannot be decided now: look again with backoff. */
  | { readonly kind: 'wait'; readonly why: string }
  /** The volume's name belongs to another claim: the user must know. */
  | { readonly kind: 'conflict'; readonly why: string }
  | { readonly kind: 'provision'; readonly request: ProvisionRequest }

/**
 * Decides about one claim. An attempt that may have made storage outweighs everything but the volume's existence: it is
 * repeated as it was although the claim is gone, was taken from us or lost its class, because only that tells what
 * exists. Its volume is then written, found to have no claim, and deleted in the normal way.
 */
export function planProvision(facts: ProvisionFacts): ProvisionPlan {
  const owner = facts.claim ?? facts.attempt?.claim
  if (owner === undefined) return { kind: 'nothing', why: 'the claim is gone' }

  const { volume } = facts
  if (volume !== undefined) {
    const claimRef = volume.spec.claimRef
    if (claimRef?.uid !== owner.metadata.uid) {
      const holder = claimRef === undefined ? 'no claim' : `claim ${claimRef.namespace}/${claimRef.name}`
      return { kind: 'conflict', why: `volume ${facts.volumeName} already exists and belongs to ${holder}` }
    }
    if (facts.attempt !== undefined && isTerminating(volume)) {
      return { kind: 'wait', why: `volume ${facts.volumeName} is being deleted` }
    }
    return { kind: 'nothing', why: 'the volume exists' }
  }

  const plan = planClaim(facts)
  const { attempt } = facts
  if (attempt === undefined) return plan
  if (plan.kind !== 'provision') return { kind: 'provision', request: attempt }
  // The claim may bring a mended annotation; class and node stay, or the driver is asked for another volume than it makes.
  const { storageClass, selectedNode } = attempt
  return { kind: 'provision', request: { ...plan.request, storageClass, selectedNode } }
}

/** Whether the claim names its volume, bound or about to be. */
export function hasVolume({ spec }: ClaimView): boolean {
  return spec.volumeName !== undefined && spec.volumeName !== ''
}

function planClaim(facts: ProvisionFacts): ProvisionPlan {
  const { claim, storageClass, names } = facts
  if (claim === undefined) return { kind: 'nothing', why: 'the claim is gone' }
  if (facts.wasDeleted) return { kind: 'nothing', why: 'the volume of this claim has been deleted' }
  if (hasVolume(claim)) return { kind: 'nothing', why: 'the claim has a volume' }
  const provisioner = provisionerOf(claim)
  if (provisioner === undefined || !names.includes(provisioner)) {
    return { kind: 'nothing', why: 'the claim is for another provisioner' }
  }
  if (storageClass === undefined) {
    return { kind: 'wait', why: `claim ${keyOf(claim)}: storageclass ${JSON.stringify(classNameOf(claim))} not found` }
  }
  const selectedNode = selectedNodeOf(claim)
  if (isDelayedBinding(storageClass) && selectedNode === undefined) {
    return { kind: 'nothing', why: 'no node has been selected' }
  }
  if (!names.includes(storageClass.provisioner)) {
    return { kind: 'nothing', why: 'the class is for another provisioner' }
  }
  return { kind: 'provision', request: { claim, storageClass, volumeName: facts.volumeName, selectedNode } }
}

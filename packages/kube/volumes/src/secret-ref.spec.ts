import { describe, expect, it } from 'vitest'
import { resolveSecretRef, type SecretUse } from './secret-ref.ts'

const prefix = 'csi.storage.k8s.io/'
const subject = {
  volumeName: 'pvc-1',
  claim: { name: 'data', namespace: 'shop' },
  claimAnnotations: { team: 'red', 'example.com/key': 'blue' },
}

describe('resolveSecretRef', () => {
  it.each<{ use: SecretUse; part: string }>([
    { use: 'provisioner', part: 'provisioner-secret' },
    { use: 'controllerPublish', part: 'controller-publish-secret' },
    { use: 'nodeStage', part: 'node-stage-secret' },
    { use: 'nodePublish', part: 'node-publish-secret' },
    { use: 'controllerExpand', part: 'controller-expand-secret' },
    { use: 'nodeExpand', part: 'node-expand-secret' },
    { use: 'controllerModify', part: 'controller-modify-secret' },
  ])('finds the secret for $use under its own keys before the default', ({ use, part }) => {
    const byDefault = { [`${prefix}secret-name`]: 'shared', [`${prefix}secret-namespace`]: 'all' }
    const own = { [`${prefix}${part}-name`]: 'mine', [`${prefix}${part}-namespace`]: 'one' }
    expect(resolveSecretRef(use, {}, subject)).toBeUndefined()
    expect(resolveSecretRef(use, byDefault, subject)).toEqual({ name: 'shared', namespace: 'all' })
    expect(resolveSecretRef(use, { ...byDefault, ...own }, subject)).toEqual({ name: 'mine', namespace: 'one' })
  })

  it.each<{ use: SecretUse; old: string }>([
    { use: 'provisioner', old: 'csiProvisionerSecret' },
    { use: 'controllerPublish', old: 'csiControllerPublishSecret' },
    { use: 'nodeStage', old: 'csiNodeStageSecret' },
    { use: 'nodePublish', old: 'csiNodePublishSecret' },
  ])('understands the deprecated keys of $use', ({ use, old }) => {
    const parameters = { [`${old}Name`]: 'mine', [`${old}Namespace`]: 'one' }
    expect(resolveSecretRef(use, parameters, subject)).toEqual({ name: 'mine', namespace: 'one' })
  })

  it('lets an old name and a new namespace go together', () => {
    const parameters = { csiProvisionerSecretName: 'mine', [`${prefix}provisioner-secret-namespace`]: 'one' }
    expect(resolveSecretRef('provisioner', parameters, subject)).toEqual({ name: 'mine', namespace: 'one' })
  })

  it('fills in the templates', () => {
    const parameters = {
      [`${prefix}secret-name`]: "${pvc.name}.${pvc.namespace}.${pv.name}.${pvc.annotations['team']}.$x".replace(
        '.$x',
        '',
      ),
      [`${prefix}secret-namespace`]: '${pvc.namespace}-${pv.name}',
    }
    expect(resolveSecretRef('nodeStage', parameters, subject)).toEqual({
      name: 'data.shop.pvc-1.red',
      namespace: 'shop-pvc-1',
    })
  })

  it('uses claim annotations in templates of the provisioner secret, with any key (must get right 35)', () => {
    const parameters = {
      [`${prefix}provisioner-secret-name`]: "${pvc.annotations['example.com/key']}",
      [`${prefix}provisioner-secret-namespace`]: 'one',
    }
    expect(resolveSecretRef('provisioner', parameters, subject)).toEqual({ name: 'blue', namespace: 'one' })
  })

  it.each([
    {
      why: 'a name without a namespace (must get right 8)',
      parameters: { 'secret-name': 'a' },
      message: 'is set without csi.storage.k8s.io/secret-namespace: both must be specified',
    },
    {
      why: 'a namespace without a name',
      parameters: { 'provisioner-secret-namespace': 'a' },
      message: 'is set without csi.storage.k8s.io/provisioner-secret-name: both must be specified',
    },
    {
      why: 'an empty name',
      parameters: { 'secret-name': '', 'secret-namespace': 'a' },
      message: 'parameter csi.storage.k8s.io/secret-name is empty',
    },
    {
      why: 'a claim name in a namespace',
      parameters: { 'secret-name': 'a', 'secret-namespace': '${pvc.name}' },
      message: 'error resolving csi.storage.k8s.io/secret-namespace "${pvc.name}": invalid tokens: ["pvc.name"]',
    },
    {
      why: 'an annotation that the claim does not have',
      parameters: { 'secret-name': "${pvc.annotations['none']}", 'secret-namespace': 'a' },
      message: 'invalid tokens: ["pvc.annotations[\'none\']"]',
    },
    {
      why: 'a result that is no secret name',
      parameters: { 'secret-name': 'UPPER-${pvc.name}', 'secret-namespace': 'a' },
      message: '"UPPER-${pvc.name}" resolved to "UPPER-data" which is not a valid secret name',
    },
    {
      why: 'a namespace with a dot',
      parameters: { 'secret-name': 'a', 'secret-namespace': 'a.b' },
      message: 'error resolving csi.storage.k8s.io/secret-namespace: "a.b" which is not a valid namespace name',
    },
    {
      why: 'a namespace of 64 characters',
      parameters: { 'secret-name': 'a', 'secret-namespace': 'a'.repeat(64) },
      message: 'which is not a valid namespace name',
    },
  ])('refuses $why', ({ parameters, message }) => {
    const given = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`${prefix}${key}`, value]))
    expect(() => resolveSecretRef('provisioner', given, subject)).toThrow(message)
  })

  it('refuses a key together with its deprecated spelling', () => {
    const parameters = {
      csiProvisionerSecretName: 'a',
      [`${prefix}provisioner-secret-name`]: 'a',
      [`${prefix}provisioner-secret-namespace`]: 'b',
    }
    expect(() => resolveSecretRef('provisioner', parameters, subject)).toThrow(
      'parameters csi.storage.k8s.io/provisioner-secret-name and csiProvisionerSecretName mean the same',
    )
  })

  it('knows no claim tokens when there is no claim', () => {
    const parameters = { [`${prefix}secret-name`]: '${pvc.name}', [`${prefix}secret-namespace`]: 'a' }
    expect(() => resolveSecretRef('provisioner', parameters, { volumeName: 'pvc-1' })).toThrow('["pvc.name"]')
  })
})

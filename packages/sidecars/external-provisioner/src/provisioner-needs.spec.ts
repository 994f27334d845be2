import { rbacRules } from '@csi-ts/sidecar-kit'
import { describe, expect, it } from 'vitest'
import { provisionerNeeds } from './provisioner-needs.ts'

/** Upstream's cluster role, with the rule for attributes classes that it forgets. */
const upstream: Readonly<Record<string, readonly string[]>> = {
  secrets: ['get', 'list'],
  persistentvolumes: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  persistentvolumeclaims: ['get', 'list', 'watch', 'update'],
  'storageclasses.storage.k8s.io': ['get', 'list', 'watch'],
  events: ['list', 'watch', 'create', 'update', 'patch'],
  'volumeattachments.storage.k8s.io': ['get', 'list', 'watch'],
  'volumeattributesclasses.storage.k8s.io': ['get'],
}

function rulesFor(attaches: boolean): Record<string, readonly string[]> {
  return Object.fromEntries(
    rbacRules(provisionerNeeds({ attaches })).flatMap(({ apiGroups, resources = [], verbs }) =>
      resources.flatMap((resource) =>
        (apiGroups ?? ['']).map((group) => [group === '' ? resource : `${resource}.${group}`, verbs] as const),
      ),
    ),
  )
}

describe('provisionerNeeds', () => {
  it.each([true, false])("asks for nothing that upstream's rules do not give: attaches %s", (attaches) => {
    for (const [resource, verbs] of Object.entries(rulesFor(attaches))) {
      expect({ resource, allowed: upstream[resource] }).toEqual({
        resource,
        allowed: expect.arrayContaining([...verbs]),
      })
    }
  })

  it('watches attachments only for drivers that attach', () => {
    expect(rulesFor(true)).toHaveProperty(['volumeattachments.storage.k8s.io'])
    expect(rulesFor(false)).not.toHaveProperty(['volumeattachments.storage.k8s.io'])
  })
})

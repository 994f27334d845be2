import assert from 'node:assert/strict'
import { type KubectlCheck, reads, readsAmongOthers } from '../kubectl-check.ts'
import { widgetDefinition } from '../manifests.ts'

/** What the server says about itself and its kinds. */
export const discoveryChecks: readonly KubectlCheck[] = [
  {
    name: 'version and cluster-info',
    async run({ run }) {
      assert.match(await run('version'), /^Server Version: v1\.36\.\d+$/m)
      assert.match(await run('cluster-info'), /is running at .*https:\/\/127\.0\.0\.1:\d+/)
    },
  },
  {
    name: 'api-resources',
    async run({ run }) {
      readsAmongOthers(
        await run('api-resources'),
        'NAME | SHORTNAMES | APIVERSION | NAMESPACED | KIND',
        'configmaps | cm | v1 | true | ConfigMap',
        'persistentvolumeclaims | pvc | v1 | true | PersistentVolumeClaim',
        'persistentvolumes | pv | v1 | false | PersistentVolume',
        'pods | po | v1 | true | Pod',
        'customresourcedefinitions | crd,crds | apiextensions.k8s.io/v1 | false | CustomResourceDefinition',
        'leases | coordination.k8s.io/v1 | true | Lease',
        'csinodes | storage.k8s.io/v1 | false | CSINode',
        'storageclasses | sc | storage.k8s.io/v1 | false | StorageClass',
      )
    },
  },
  {
    name: 'api-resources by group and verb, and api-versions',
    async run({ run }) {
      reads(
        await run('api-resources', '--api-group=storage.k8s.io', '--verbs=list,watch', '--output=name'),
        'csidrivers.storage.k8s.io',
        'csinodes.storage.k8s.io',
        'csistoragecapacities.storage.k8s.io',
        'storageclasses.storage.k8s.io',
        'volumeattachments.storage.k8s.io',
        'volumeattributesclasses.storage.k8s.io',
      )
      readsAmongOthers(await run('api-versions'), 'coordination.k8s.io/v1', 'storage.k8s.io/v1', 'v1')
    },
  },
  {
    name: 'explain',
    async run({ run, fails }) {
      readsAmongOthers(
        await run('explain', 'pvc.spec'),
        'KIND: | PersistentVolumeClaim',
        'VERSION: | v1',
        'FIELD: spec <PersistentVolumeClaimSpec>',
        'DESCRIPTION:',
        'FIELDS:',
        '  accessModes | <[]string>',
        '  resources | <VolumeResourceRequirements>',
        '  volumeName | <string>',
      )
      readsAmongOthers(
        await run('explain', 'sc'),
        'GROUP: | storage.k8s.io',
        'KIND: | StorageClass',
        'VERSION: | v1',
        '  provisioner | <string> -required-',
      )
      readsAmongOthers(
        await run('explain', 'pod.spec.volumes.csi', '--recursive'),
        'FIELD: csi <CSIVolumeSource>',
        '  driver | <string> -required-',
        '  nodePublishSecretRef | <LocalObjectReference>',
        '    name | <string>',
      )
      reads(await fails('explain', 'pvc.spec.none'), 'error: field "none" does not exist')
    },
  },
  {
    name: 'auth can-i and whoami',
    async run({ run }) {
      reads(await run('auth', 'can-i', 'create', 'pods'), 'yes')
      reads(await run('auth', 'can-i', '*', '*', '--all-namespaces'), 'yes')
      readsAmongOthers(await run('auth', 'can-i', '--list'), '*.* | [] | [] | [*]')
      readsAmongOthers(await run('auth', 'whoami'), 'ATTRIBUTE | VALUE', 'Username | admin')
    },
  },
  {
    name: 'create token',
    async run({ run, namespace }) {
      await run('create', 'serviceaccount', 'robot')
      const [, payload = ''] = (await run('create', 'token', 'robot', '--duration=1h')).split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sub: string }
      assert.equal(claims.sub, `system:serviceaccount:${namespace}:robot`)
    },
  },
  {
    name: 'a new definition: wait, api-resources, explain, create, get, describe, patch, delete',
    async run({ run, feed, feedFails, fails, namespace }) {
      const group = `${namespace}.example.com`
      const name = `widgets.${group}`
      reads(
        await feed(widgetDefinition(group), 'create'),
        `customresourcedefinition.apiextensions.k8s.io/${name} created`,
      )
      try {
        const met = await run('wait', '--for=condition=Established', `crd/${name}`, '--timeout=20s')
        reads(met, `customresourcedefinition.apiextensions.k8s.io/${name} condition met`)
        readsAmongOthers(
          await run('api-resources', `--api-group=${group}`),
          `widgets | wd | ${group}/v1 | true | Widget`,
        )
        const widget = (spec: object) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec })
        reads(await feed(widget({ size: 3, extra: 1 }), 'create', '--validate=false'), `widget.${group}/w created`)
        reads(await run('get', 'wd'), 'NAME | SIZE | COLOR | PHASE | AGE', 'w | 3 | red | AGE')
        reads(await run('get', 'things', '--output=name'), `widget.${group}/w`)
        reads(await run('get', 'widget', 'w', '--output=jsonpath={.spec}'), '{"color":"red","size":3}')
        // A real server tells several causes in no order.
        const refusal = await feedFails({ ...widget({ size: 0, color: 'green' }), metadata: { name: 'x' } }, 'create')
        assert.deepEqual(
          refusal
            .split('\n')
            .map((line) => line.trim())
            .toSorted(),
          [
            '* spec.color: Unsupported value: "green": supported values: "red", "blue"',
            '* spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
            'The Widget "x" is invalid:',
          ],
        )
        reads(
          await run('patch', 'wd', 'w', '--type=merge', '--patch={"spec":{"color":"blue"}}'),
          `widget.${group}/w patched`,
        )
        await run('patch', 'wd', 'w', '--subresource=status', '--type=merge', '--patch={"status":{"phase":"Done"}}')
        reads(await run('get', 'wd', '--no-headers'), 'w | 3 | blue | Done | AGE')
        readsAmongOthers(await run('describe', 'wd', 'w'), 'Kind: | Widget', '  Color: | blue', '  Phase: | Done')
        assert.match(
          await fails('patch', 'wd', 'w', '--patch={"spec":{"size":4}}'),
          /application\/strategic-merge-patch\+json is not supported/,
        )
        readsAmongOthers(await run('explain', 'widget.spec'), 'KIND: | Widget', '  size | <integer> -required-')
        reads(
          await feed(widget({ size: 5 }), 'apply', '--server-side', '--force-conflicts'),
          `widget.${group}/w serverside-applied`,
        )
        reads(await run('delete', 'wd', 'w'), `widget.${group} "w" deleted from ${namespace} namespace`)
      } finally {
        await run('delete', 'crd', name, '--wait=false')
      }
    },
  },
]

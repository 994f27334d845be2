import { expect, it } from 'vitest'
import { customResources } from './custom/custom-resource.ts'
import { openApiDocument } from './openapi.ts'
import { ResourceRegistry } from './resource-registry.ts'

interface Schema {
  readonly properties: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

function schemasAt(path: string, registry = new ResourceRegistry()): Readonly<Record<string, Schema>> {
  const document = openApiDocument(registry, path) as { components: { schemas: Record<string, Schema> } }
  return document.components.schemas
}

it('says which fields are required', () => {
  const schemas = schemasAt('/openapi/v3/apis/storage.k8s.io/v1')
  expect(schemas['io.k8s.api.storage.v1.StorageClass']?.required).toEqual(['provisioner'])
  expect(schemas['io.k8s.api.storage.v1.VolumeAttachmentSpec']?.required).toEqual(['attacher', 'nodeName', 'source'])
  expect(schemas['io.k8s.api.storage.v1.VolumeAttachmentSource']).not.toHaveProperty('required')
})

it('describes a custom resource as its definition does, with the metadata of any object', () => {
  const spec = {
    type: 'object',
    description: 'What is asked for.',
    required: ['size'],
    properties: { size: { type: 'integer', minimum: 1 } },
  }
  const registry = new ResourceRegistry()
  const [schema] = customResources({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          schema: { openAPIV3Schema: { type: 'object', description: 'A widget.', properties: { spec } } },
        },
      ],
    },
  }).map((resource) => {
    registry.add(resource)
    return schemasAt('/openapi/v3/apis/example.com/v1', registry)['com.example.v1.Widget']
  })
  expect(schema).toMatchObject({
    type: 'object',
    description: 'A widget.',
    properties: {
      spec,
      kind: { type: 'string' },
      metadata: { $ref: '#/components/schemas/io.k8s.api.meta.v1.ObjectMeta' },
    },
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
  })
})

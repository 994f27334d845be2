import { expect, it } from 'vitest'
import { tableOf } from '../tables/table.ts'
import { customResources } from './custom-resource.ts'

const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath })
const served = customResources({
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
        additionalPrinterColumns: [
          column('Color', 'string', '.spec.color'),
          column('Age', 'date', '.metadata.creationTimestamp'),
          column('Done', 'date', '.status.done'),
          column('Due', 'date', '.spec.due'),
        ],
        schema: { openAPIV3Schema: { type: 'object' } },
      },
    ],
  },
})

it('shows a date column as the time since then, nothing when there is none, and says when it is no time', () => {
  const creationTimestamp = '2026-01-01T00:00:00Z'
  const widget = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', creationTimestamp },
    spec: { color: 'red', due: 'soon' },
  }
  const nowMs = Date.parse(creationTimestamp) + 125_000
  const tables = served.map((resource) => tableOf(resource, [widget], {}, nowMs))
  expect(tables).toMatchObject([{ rows: [{ cells: ['w', 'red', '2m5s', null, '<invalid>'] }] }])
})

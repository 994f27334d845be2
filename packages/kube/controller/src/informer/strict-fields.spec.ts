import { describe, expect, it } from 'vitest'
import { parseFields } from './field-tree.ts'
import { prune } from './prune.ts'
import { strictView, UnnamedFieldError } from './strict-fields.ts'

const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv', annotations: { a: '1' }, finalizers: ['f'] },
  spec: { csi: { driver: 'd', volumeHandle: 'h' }, accessModes: ['ReadWriteOnce'], mountOptions: ['ro'] },
}

function setup(...paths: string[]) {
  const fields = parseFields(paths)
  const violations: string[] = []
  const view = strictView(prune(volume, fields), fields, 'PersistentVolume', ({ path }) => violations.push(path))
  return { view, violations }
}

describe('strictView', () => {
  it('shows what was named, and says undefined of a named field that the object does not have', () => {
    const { view, violations } = setup('spec.csi.driver', 'spec.claimRef', 'metadata.annotations')
    const spec: Record<string, unknown> = view.spec
    expect([view.spec.csi.driver, view.metadata.annotations.a, view.metadata.name, spec['claimRef']]).toEqual([
      'd',
      '1',
      'pv',
      undefined,
    ])
    expect(violations).toEqual([])
  })

  it('throws and reports when a field is read that was not named', () => {
    const { view, violations } = setup('spec.csi.driver')
    expect(() => view.spec.csi.volumeHandle).toThrow(UnnamedFieldError)
    expect(() => view.spec.accessModes).toThrow(
      'PersistentVolume: field spec.accessModes is read but not named in the needs',
    )
    expect(() => view.metadata.finalizers).toThrow(UnnamedFieldError)
    expect(() => 'csi' in view.spec && 'mountOptions' in view.spec).toThrow(UnnamedFieldError)
    expect(violations).toEqual([
      'spec.csi.volumeHandle',
      'spec.accessModes',
      'metadata.finalizers',
      'spec.mountOptions',
    ])
  })

  it('looks into lists', () => {
    const fields = parseFields(['spec.containers.name'])
    const pod = { spec: { containers: [{ name: 'c', image: 'i' }] } }
    const view = strictView(prune(pod, fields), fields, 'Pod', () => undefined)
    expect(view.spec.containers[0]?.name).toBe('c')
    expect(() => view.spec.containers[0]?.image).toThrow('spec.containers.image')
  })

  it('can be printed, awaited and spread', async () => {
    const { view, violations } = setup('spec.csi.driver')
    expect(JSON.parse(JSON.stringify(view))).toEqual(prune(volume, parseFields(['spec.csi.driver'])))
    expect(await Promise.resolve(view)).toBe(view)
    expect({ ...view.spec }).toHaveProperty('csi')
    expect(violations).toEqual([])
  })
})

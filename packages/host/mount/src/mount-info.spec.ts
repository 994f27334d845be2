import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMountInfo, type MountEntry, parseMountInfo, splitMountOptions } from './mount-info.ts'

/** The second step of a parse is where the fields after the separator start; each line here stresses one rule. */
const table = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 27 0:40 / /mnt/a\\040b\\011c\\012d\\134e\\043f rw master:3 propagate_from:2 unbindable - tmpfs tmp\\040fs rw,size=4k
31 27 254:0 /srv/x//deleted /mnt/gone\\040(deleted) ro,nosuid - ext4 /dev/vda rw
32 27 0:41 / /empty rw -  none rw
`

describe('parseMountInfo', () => {
  it('reads every field of a line with no optional field', () => {
    expect(parseMountInfo(table)[0]).toEqual({
      id: 22,
      parentId: 27,
      device: '0:21',
      root: '/',
      rootDeleted: false,
      mountPoint: '/proc',
      options: ['rw', 'relatime'],
      optionalFields: [],
      fsType: 'proc',
      source: 'proc',
      superOptions: ['rw'],
    })
  })

  it('accepts one and several optional fields', () => {
    const [, root, tagged] = parseMountInfo(table)
    expect(root?.optionalFields).toEqual(['shared:1'])
    expect(tagged?.optionalFields).toEqual(['master:3', 'propagate_from:2', 'unbindable'])
    expect(tagged?.fsType).toBe('tmpfs')
  })

  it('unescapes space, tab, newline, backslash and number sign', () => {
    expect(parseMountInfo(table)[2]).toMatchObject({ mountPoint: '/mnt/a b\tc\nd\\e#f', source: 'tmp fs' })
  })

  it('tells a removed root and trims the mark of a removed mount point', () => {
    expect(parseMountInfo(table)[3]).toMatchObject({ root: '/srv/x', rootDeleted: true, mountPoint: '/mnt/gone' })
  })

  it('accepts an empty file system type or source', () => {
    expect(parseMountInfo(table)[4]).toMatchObject({ fsType: '', source: 'none' })
    expect(parseMountInfo('1 0 0:1 / /x rw - tmpfs  rw\n')[0]).toMatchObject({ fsType: 'tmpfs', source: '' })
  })

  it('keeps super options with raw spaces', () => {
    const [entry] = parseMountInfo('1 0 0:1 / /x rw - fuse src rw,user=a b,x\n')
    expect(entry?.superOptions).toEqual(['rw', 'user=a b', 'x'])
  })

  it.each([
    ['no separator', '1 0 0:1 / /x rw shared:1 tmpfs tmpfs rw'],
    ['nothing after the separator', '1 0 0:1 / /x rw -'],
    ['ids that are no numbers', 'x 0 0:1 / /x rw - tmpfs tmpfs rw'],
    ['too few fields', 'password=hunter2'],
  ])('refuses a line with %s and does not show it', (_, line) => {
    const parse = () => parseMountInfo(`${line}\n`)
    expect(parse).toThrow(/mountinfo line 1/)
    expect(parse).not.toThrow(/hunter2|tmpfs/)
  })

  it('gives back what the kernel would have written (property)', () => {
    fc.assert(
      fc.property(fc.array(entryOf(), { maxLength: 8 }), (entries) => {
        expect(parseMountInfo(formatMountInfo(entries))).toEqual(entries)
      }),
    )
  })
})

describe('splitMountOptions', () => {
  it('does not split at a comma inside quotes', () => {
    const text = 'rw,context="system_u:object_r:x_t:s0:c1,c2",seclabel'
    expect(splitMountOptions(text)).toEqual(['rw', 'context="system_u:object_r:x_t:s0:c1,c2"', 'seclabel'])
  })
})

function entryOf(): fc.Arbitrary<MountEntry> {
  const char = fc.constantFrom('a', 'B', '9', ' ', '\t', '\n', '\\', '#', 'é', '-', '040')
  const segment = fc.string({ unit: char, minLength: 1, maxLength: 6 }).filter((text) => text !== '.' && text !== '..')
  const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
  const option = fc.stringMatching(/^[a-z]{1,6}(=[a-z0-9]{1,4})?$/)
  const options = fc.array(option, { minLength: 1, maxLength: 4 })
  return fc.record({
    id: fc.nat(),
    parentId: fc.nat(),
    device: fc.tuple(fc.nat(300), fc.nat(300)).map(([major, minor]) => `${major}:${minor}`),
    root: path,
    rootDeleted: fc.boolean(),
    mountPoint: path,
    options,
    optionalFields: fc.array(fc.constantFrom('shared:1', 'master:22', 'unbindable'), { maxLength: 3 }),
    fsType: fc.stringMatching(/^[a-z0-9.]{1,8}$/),
    source: segment,
    superOptions: options,
  })
}

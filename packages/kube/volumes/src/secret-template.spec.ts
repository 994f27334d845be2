import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandTemplate, renderTemplate } from './secret-template.ts'

describe('expandTemplate', () => {
  it.each([
    { template: 'plain', expected: 'plain' },
    { template: '${pvc.name}-x', expected: '<pvc.name>-x' },
    { template: '$name-x', expected: '<name>-x' },
    { template: '$a_1.b', expected: '<a_1>.b' },
    { template: 'a${}b', expected: 'ab' },
    { template: 'a${open', expected: 'aopen' },
    { template: 'a$', expected: 'a$' },
    { template: 'a$.b', expected: 'a$.b' },
    { template: '$$', expected: '<$>' },
    { template: '$12', expected: '<1>2' },
    { template: '${*}', expected: '<*>' },
    { template: "${pvc.annotations['a/b']}", expected: "<pvc.annotations['a/b']>" },
  ])('expands $template as Go does', ({ template, expected }) => {
    expect(expandTemplate(template, (token) => `<${token}>`)).toBe(expected)
  })

  it('leaves text without a dollar sign alone', () => {
    assert(
      property(string(), (text) => {
        const plain = text.replaceAll('$', '')
        expect(expandTemplate(plain, () => 'never')).toBe(plain)
      }),
    )
  })
})

describe('renderTemplate', () => {
  it('does not expand what a value contains', () => {
    expect(renderTemplate('${a}', { a: '${b}', b: 'secret' })).toBe('${b}')
  })

  it('names all unknown tokens, sorted and once', () => {
    expect(() => renderTemplate('${b}${a}${b}', {})).toThrow('invalid tokens: ["a" "b"]')
  })

  it('does not take tokens from the object prototype', () => {
    expect(() => renderTemplate('${constructor}', {})).toThrow('invalid tokens: ["constructor"]')
  })
})

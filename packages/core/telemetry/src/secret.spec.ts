import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'

describe('Secret', () => {
  const secret = new Secret('hunter2')
  it.each([
    { how: 'join', text: [secret].join('') },
    { how: 'String', text: String(secret) },
    { how: 'JSON', text: JSON.stringify({ secret, list: [secret] }) },
    { how: 'inspect', text: inspect({ secret }, { showHidden: true, depth: 9 }) },
    { how: 'format %s', text: format('%s', secret) },
    { how: 'format %o', text: format('%o', secret) },
    { how: 'format %j', text: format('%j', secret) },
  ])('shows only that there is one, by $how', ({ text }) => {
    expect(text).toContain('***stripped***')
    expect(text).not.toContain('hunter2')
  })

  it('gives the value to who asks for it', () => {
    expect(secret.reveal()).toBe('hunter2')
  })
})

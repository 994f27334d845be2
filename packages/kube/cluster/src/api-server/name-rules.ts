import { type FieldError, invalidValue, tooLong } from './field-error.ts'

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const dnsLabelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
  "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const maxAnnotationBytes = 256 * 1024

/** Rules for names of objects; those of a `generateName` prefix may end in a dash. */
export function nameErrors(
  name: string,
  field: string,
  rule: 'subdomain' | 'label' | 'path-segment' = 'subdomain',
  isPrefix = false,
): FieldError[] {
  const text = isPrefix ? name.replace(/-$/, 'a') : name
  const fail = (why: string): FieldError[] => [invalidValue(field, name, why)]
  switch (rule) {
    case 'path-segment': {
      if (name === '.' || name === '..') return fail(`may not be '${name}'`)
      const forbidden = ['/', '%'].filter((part) => name.includes(part))
      return forbidden.flatMap((part) => fail(`may not contain '${part}'`))
    }
    case 'label':
      return [
        ...(text.length > 63 ? fail('must be no more than 63 bytes') : []),
        ...(dnsLabel.test(text) ? [] : fail(dnsLabelText)),
      ]
    case 'subdomain':
      return [
        ...(text.length > 253 ? fail('must be no more than 253 bytes') : []),
        ...(subdomain.test(text) ? [] : fail(subdomainText)),
      ]
  }
}

/** Rules for label keys and values. */
export function labelErrors(labels: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key, field),
    ...(value.length > 63 ? [invalidValue(field, value, 'must be no more than 63 bytes')] : []),
    ...(labelValue.test(value) ? [] : [invalidValue(field, value, labelValueText)]),
  ])
}

/** Rules for annotation keys, and the size of all annotations together. */
export function annotationErrors(annotations: Readonly<Record<string, string>>, field: string): FieldError[] {
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
  return [
    ...Object.keys(annotations).flatMap((key) => qualifiedNameErrors(key.toLowerCase(), field)),
    ...(bytes > maxAnnotationBytes ? [tooLong(field, maxAnnotationBytes)] : []),
  ]
}

/** Rules for finalizers: qualified names, of which those without a prefix must be known ones. */
export function finalizerErrors(finalizers: readonly string[], field: string): FieldError[] {
  const known = ['foregroundDeletion', 'orphan', 'kubernetes']
  const why = 'name is neither a standard finalizer name nor is it fully qualified'
  return [
    ...finalizers.flatMap((finalizer) => qualifiedNameErrors(finalizer, field)),
    ...finalizers.flatMap((finalizer, index) =>
      finalizer.includes('/') || known.includes(finalizer) ? [] : [invalidValue(`${field}[${index}]`, finalizer, why)],
    ),
  ]
}

/** Rules for keys: a name of at most 63 characters, after an optional DNS subdomain and a slash. */
export function qualifiedNameErrors(key: string, field: string): FieldError[] {
  const parts = key.split('/')
  const [prefix, name] = parts.length === 1 ? [undefined, key] : [parts[0], parts[1] ?? '']
  const fail = (why: string) => invalidValue(field, key, why)
  if (parts.length > 2)
    return [
      fail(
        `a valid label key ${qualifiedText.replace('name part ', '')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ]
  const errors: FieldError[] = []
  if (prefix === '') errors.push(fail('prefix part must be non-empty'))
  else if (prefix !== undefined && !subdomain.test(prefix)) errors.push(fail(`prefix part ${subdomainText}`))
  if (name === '') errors.push(fail('name part must be non-empty'))
  else if (name !== undefined && name.length > 63) errors.push(fail('name part must be no more than 63 bytes'))
  if (name !== undefined && !qualifiedPart.test(name)) errors.push(fail(qualifiedText))
  return errors
}

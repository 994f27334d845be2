/**
 * A lease name or identity as upstream makes it of any text: everything but letters, digits and dashes becomes a dash, and a
 * dash at the end is followed by `X`. Names must be upstream's, so that old and new instances exclude each other.
 */
export function toLeaseName(text: string): string {
  const name = text.replace(/[^a-zA-Z0-9-]/g, '-')
  return name.endsWith('-') ? `${name}X` : name
}

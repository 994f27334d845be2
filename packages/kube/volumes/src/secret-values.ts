/** What of a Secret this package reads: values in base64, as on the wire. */
export interface SecretData {
  readonly data?: Readonly<Record<string, string>> | undefined
}

/**
 * The keys of a Secret as the text map that CSI requests carry.
 *
 * @throws Error naming the key, never the value, when a value is not UTF-8: replacing bytes would send a wrong password
 */
export function toCsiSecrets(secret: SecretData): Record<string, string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, encoded]) => {
      try {
        return [key, decoder.decode(Buffer.from(encoded, 'base64'))]
      } catch {
        // The decoder's own error is left out on purpose: it may carry a part of the value.
        throw new Error(`value of key ${JSON.stringify(key)} is not valid UTF-8: CSI secrets must be text`)
      }
    }),
  )
}

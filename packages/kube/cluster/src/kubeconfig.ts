import { stringify } from 'yaml'

/** What a kubeconfig file for one server and one user says; all PEM. */
export interface KubeconfigFields {
  readonly server: string
  readonly ca: string
  readonly clientCert: string
  readonly clientKey: string
}

/** The text of a kubeconfig file that every client understands. */
export function renderKubeconfig({ server, ca, clientCert, clientKey }: KubeconfigFields): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const name = 'embedded'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: { 'client-certificate-data': base64(clientCert), 'client-key-data': base64(clientKey) } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  }
  return stringify(config, { lineWidth: 0 })
}

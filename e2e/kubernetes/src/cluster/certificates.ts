import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createAuthority, type KeyedCertificate } from '@csi-ts/kube-cluster'

/** Everything that a control plane and its clients need to trust each other. */
export interface ClusterCertificates {
  /** PEM of the certificate authority. */
  readonly ca: string
  /** Serves the API. */
  readonly apiServer: KeyedCertificate
  /** The API server as a client of the kubelet: what makes `kubectl logs` and `exec` work. */
  readonly kubeletClient: KeyedCertificate
  readonly admin: KeyedCertificate
  readonly controllerManager: KeyedCertificate
  readonly scheduler: KeyedCertificate
  readonly kubelet: KeyedCertificate
  /** Signs service account tokens: PEM of the private and of the public key. */
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string }
}

/**
 * Creates a certificate authority and what it signs, all P-256, valid for a week.
 *
 * @param names host names and IP addresses that the API server is reached by.
 */
export async function createCertificates(nodeName: string, names: readonly string[]): Promise<ClusterCertificates> {
  const authority = await createAuthority('csi-ts-e2e')
  const masters = ['system:masters']
  const [apiServer, kubeletClient, admin, controllerManager, scheduler, kubelet] = await Promise.all([
    authority.issueServer(names),
    authority.issueClient('kube-apiserver-kubelet-client', masters),
    authority.issueClient('admin', masters),
    authority.issueClient('system:kube-controller-manager', []),
    authority.issueClient('system:kube-scheduler', []),
    authority.issueClient(`system:node:${nodeName}`, ['system:nodes']),
  ])
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    ca: authority.cert,
    apiServer,
    kubeletClient,
    admin,
    controllerManager,
    scheduler,
    kubelet,
    serviceAccount: { privateKey: pem(privateKey, 'sec1'), publicKey: pem(publicKey, 'spki') },
  }
}

function pem(key: KeyObject, type: 'sec1' | 'spki'): string {
  return key.export({ type, format: 'pem' } as { type: 'spki'; format: 'pem' }).toString()
}

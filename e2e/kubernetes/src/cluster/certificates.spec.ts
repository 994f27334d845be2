import { createPublicKey, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCertificates } from './certificates.ts'

describe('createCertificates', () => {
  it('signs every certificate by one authority, with the identities that Kubernetes expects', async () => {
    const made = await createCertificates('node1', ['127.0.0.1', 'localhost'])
    const authority = new X509Certificate(made.ca)
    const { apiServer, kubeletClient, admin, controllerManager, scheduler, kubelet } = made
    const certificates = [apiServer, kubeletClient, admin, controllerManager, scheduler, kubelet].map(
      ({ cert }) => new X509Certificate(cert),
    )
    expect(
      certificates.map((certificate) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey)),
    ).toEqual(certificates.map(() => true))
    expect(certificates.map(({ subject }) => subject)).toEqual([
      'CN=127.0.0.1',
      'O=system:masters\nCN=kube-apiserver-kubelet-client',
      'O=system:masters\nCN=admin',
      'CN=system:kube-controller-manager',
      'CN=system:kube-scheduler',
      'O=system:nodes\nCN=system:node:node1',
    ])
    expect(certificates[0]?.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificates[0]?.checkHost('localhost')).toBe('localhost')
    const derived = createPublicKey(made.serviceAccount.privateKey).export({ type: 'spki', format: 'pem' })
    expect(made.serviceAccount.publicKey).toBe(derived)
  })
})

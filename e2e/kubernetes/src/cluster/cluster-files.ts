import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyedCertificate } from '@csi-ts/kube-cluster'
import type { ClusterCertificates } from './certificates.ts'
import { renderKubeconfig } from './configs.ts'
import { apiServerUrl } from './layout.ts'

/** Where a certificate and its key were written. */
export interface KeyedCertificateFiles {
  readonly cert: string
  readonly key: string
}

/** Paths of what the cluster's processes read. */
export interface ClusterFiles {
  readonly ca: string
  readonly apiServer: KeyedCertificateFiles
  readonly kubeletClient: KeyedCertificateFiles
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string }
  readonly kubeconfigs: {
    readonly admin: string
    readonly controllerManager: string
    readonly scheduler: string
    readonly kubelet: string
  }
}

/**
 * Writes certificates and kubeconfigs into a new folder that only its owner can read.
 *
 * @param server URL of the API server. Default: that of a cluster in its namespaces.
 */
export async function writeClusterFiles(
  folder: string,
  certificates: ClusterCertificates,
  server: string = apiServerUrl,
): Promise<ClusterFiles> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const writePair = async (name: string, pair: KeyedCertificate): Promise<KeyedCertificateFiles> => ({
    cert: await write(`${name}.crt`, pair.cert),
    key: await write(`${name}.key`, pair.key),
  })
  const { ca, serviceAccount } = certificates
  const kubeconfig = (name: string, client: KeyedCertificate) =>
    write(`${name}.kubeconfig`, renderKubeconfig({ ca, client, server }))
  return {
    ca: await write('ca.crt', ca),
    apiServer: await writePair('apiserver', certificates.apiServer),
    kubeletClient: await writePair('kubelet-client', certificates.kubeletClient),
    serviceAccount: {
      privateKey: await write('service-account.key', serviceAccount.privateKey),
      publicKey: await write('service-account.pub', serviceAccount.publicKey),
    },
    kubeconfigs: {
      admin: await kubeconfig('admin', certificates.admin),
      controllerManager: await kubeconfig('controller-manager', certificates.controllerManager),
      scheduler: await kubeconfig('scheduler', certificates.scheduler),
      kubelet: await kubeconfig('kubelet', certificates.kubelet),
    },
  }
}

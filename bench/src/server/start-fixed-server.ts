import { fileURLToPath } from 'node:url'
import type { ClusterConfig } from '@csi-ts/kube-client'
import { startMeasured } from '../process/measured-process.ts'

/** The server with fixed answers, in a process of its own. */
export interface FixedServer extends AsyncDisposable {
  readonly config: ClusterConfig
  readonly port: number
  /** Size of the JSON of one volume. */
  readonly volumeBytes: number
  /** Sends a change of every volume to every watch on volumes; resolves with the number of watches. */
  touchAll(): Promise<number>
}

/** Starts the server. */
export async function startFixedServer(options: {
  readonly volumes: number
  readonly delayMs: number
}): Promise<FixedServer> {
  const program = fileURLToPath(new URL('./fixed-server-program.ts', import.meta.url))
  const flags = ['--conditions=@csi-ts/source', '--disable-warning=ExperimentalWarning']
  const args = [...flags, program, String(options.volumes), String(options.delayMs)]
  const server = startMeasured(process.execPath, args)
  const { config, port, volumeBytes } =
    await server.event<Pick<FixedServer, 'config' | 'port' | 'volumeBytes'>>('ready')
  return {
    config,
    port,
    volumeBytes,
    async touchAll() {
      server.send('touch')
      return (await server.event<{ watches: number }>('touched')).watches
    },
    [Symbol.asyncDispose]: () => server.kill(),
  }
}

/** A kubeconfig for a server of this configuration, whose credentials nobody checks. */
export function kubeconfigFor({ server, ca }: ClusterConfig): string {
  const authority = ca !== undefined && 'data' in ca ? Buffer.from(ca.data).toString('base64') : ''
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  })
}

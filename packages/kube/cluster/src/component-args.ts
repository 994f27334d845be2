import type { ComponentName } from './port.ts'

/** What a cluster knows and its components are told. */
export interface ComponentPlaces {
  /** Path of the kubeconfig that this component shall use. */
  readonly kubeconfig: string
  /** Path of the driver's socket. */
  readonly driverSocket: string
  readonly nodeName: string
  /** Kubelet's `plugins_registry`. */
  readonly registrationDir: string
  /** Where the driver keeps its volumes. */
  readonly stateDir: string
  /** `127.0.0.1:PORT` for the component's own HTTP server. */
  readonly httpAddress: string
}

/** The flags that put a component into its place; the caller's own follow, and win. */
export function componentArgs(component: ComponentName, places: ComponentPlaces): string[] {
  const driver = `--csi-address=${places.driverSocket}`
  const http = `--http-endpoint=${places.httpAddress}`
  switch (component) {
    case 'external-provisioner':
      return [driver, http, `--kubeconfig=${places.kubeconfig}`, '--v=5']
    case 'node-driver-registrar':
      return [
        driver,
        http,
        `--kubelet-registration-path=${places.driverSocket}`,
        `--plugin-registration-path=${places.registrationDir}`,
        '--v=5',
      ]
    case 'livenessprobe':
      return [driver, http, '--v=5']
    case 'driver-hostpath':
      return [
        `--endpoint=unix://${places.driverSocket}`,
        `--nodeid=${places.nodeName}`,
        `--statedir=${places.stateDir}`,
        '--v=5',
      ]
    case 'mock-driver':
      return [`--endpoint=unix://${places.driverSocket}`, `--nodeid=${places.nodeName}`, '--v=5']
  }
}

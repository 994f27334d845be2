/** Certificates, keys or tokens: the text itself, or a file that is read again when it changes. */
export type DataSource = { readonly data: string } | { readonly file: string }

/** What a credential plugin gives. */
export interface Credentials {
  readonly token?: string | undefined
  /** PEM. */
  readonly clientCert?: string | undefined
  /** PEM. */
  readonly clientKey?: string | undefined
}

/**
 * Gives credentials that are not in a file, for every request: keep them, and renew them before they expire. `refresh` is
 * set when the server has just refused the last ones.
 */
export type CredentialSource = (options: { readonly refresh: boolean }) => Promise<Credentials>

/** Which API server to talk to, and as whom. */
export interface ClusterConfig {
  /** Base URL; may have a path. */
  readonly server: string
  /** PEM of the authorities that may sign the server's certificate. Absent: those of the system. */
  readonly ca?: DataSource | undefined
  /** PEM. */
  readonly clientCert?: DataSource | undefined
  /** PEM. */
  readonly clientKey?: DataSource | undefined
  /** Bearer token. */
  readonly token?: DataSource | undefined
  /** User and password, as some proxies in front of the API server want them. */
  readonly basicAuth?: { readonly username: string; readonly password: string } | undefined
  /** Wins over the fields above, as far as it gives something. */
  readonly credentials?: CredentialSource | undefined
  /** Accepts any server certificate. */
  readonly insecureSkipTlsVerify?: boolean | undefined
  /** Name to expect in the server's certificate instead of the host of `server`. */
  readonly tlsServerName?: string | undefined
  /** `http://` or `https://` proxy, with `user:password@` if it wants them. */
  readonly proxyUrl?: string | undefined
  /** Whom to act as. */
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[] | undefined } | undefined
  /** Namespace of the kubeconfig's context, or of the pod. */
  readonly namespace?: string | undefined
}

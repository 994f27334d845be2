import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { leaderIdentity, leaseNamespace } from './pod-identity.ts'

async function rootWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pod-identity-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return `${root}/`
}

describe('leaseNamespace', () => {
  const account = { 'var/run/secrets/kubernetes.io/serviceaccount/namespace': 'from-account\n' }

  it.each([
    { why: 'the flag', flag: 'from-flag', env: { POD_NAMESPACE: 'from-env' }, files: account, expected: 'from-flag' },
    { why: 'POD_NAMESPACE', flag: '', env: { POD_NAMESPACE: 'from-env' }, files: account, expected: 'from-env' },
    { why: 'the service account', flag: '', env: { POD_NAMESPACE: '' }, files: account, expected: 'from-account' },
    { why: 'default', flag: '', env: { NAMESPACE: 'not this one' }, files: {}, expected: 'default' },
  ])('is that of $why', async ({ flag, env, files, expected }) => {
    const root = await rootWith(files)
    expect(await leaseNamespace(flag, { env, hostname: 'h', root })).toBe(expected)
  })
})

describe('leaderIdentity', () => {
  const hostNetwork = '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n'
  const podNetwork = '# Kubernetes-managed hosts file.\n127.0.0.1 localhost\n'
  const uid = '0b1c9d5e-6f1b-4a3e-9f60-8d6a0a3b2c1d'
  const mountinfo = [
    '700 690 8:1 /var/lib/kubelet/pods/11111111-2222-3333-4444-555555555555/volumes/x /data rw - ext4 /dev/sda1 rw',
    `701 690 8:1 /var/lib/kubelet/pods/${uid}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw`,
    '',
  ].join('\n')

  it('is the hostname, which is the name of the pod', async () => {
    const root = await rootWith({ 'etc/hosts': podNetwork, 'proc/self/mountinfo': mountinfo })
    const env = { POD_NAME: 'csi-0' }
    expect(await leaderIdentity({ env, hostname: 'csi-0', root })).toBe('csi-0')
    expect(await leaderIdentity({ env: {}, hostname: 'my.host_1', root: await rootWith({}) })).toBe('my-host-1')
  })

  it("tells pods in the host's network apart by name, or by uid, the same after a restart", async () => {
    const root = await rootWith({ 'etc/hosts': hostNetwork, 'proc/self/mountinfo': mountinfo })
    expect(await leaderIdentity({ env: { POD_NAME: 'csi-abc12' }, hostname: 'node-1', root })).toBe('node-1-csi-abc12')
    expect(await leaderIdentity({ env: {}, hostname: 'node-1', root })).toBe(`node-1-${uid}`)
    const bare = await rootWith({ 'etc/hosts': hostNetwork })
    expect(await leaderIdentity({ env: {}, hostname: 'node-1', root: bare })).toBe('node-1')
  })
})

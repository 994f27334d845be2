import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { renderCniConfig, renderContainerdConfig, renderHosts, renderKubeletConfig } from './configs.ts'
import { binary, type StartContext, toFlags } from './control-plane.ts'
import { type Daemon, describeExit, tailOf } from './daemon.ts'
import { importNodeImages, pauseImage } from './images.ts'
import { containerdSocket, kubeletFolder, nodeAddress, nodeName, scratchFolder } from './layout.ts'

/** Starts containerd and gives it the node's images. Needs no API server. */
export async function startContainerRuntime(ctx: StartContext): Promise<void> {
  const config = join(scratchFolder, 'containerd.toml')
  await writeFile(config, renderContainerdConfig({ sandboxImage: pauseImage }))
  await mkdir('/etc/cni/net.d', { recursive: true })
  // Other networks of the host's configuration are none of this node's business; the first file by name wins.
  await writeFile('/etc/cni/net.d/00-csi-ts.conflist', renderCniConfig())
  const daemon = await ctx.processes.startService({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', config],
  })
  await waitForSocket(daemon, containerdSocket, ctx.signal)
  const scratch = join(scratchFolder, 'images')
  await mkdir(scratch)
  await importNodeImages('/bin/busybox', scratch, process.arch === 'x64' ? 'amd64' : process.arch)
}

/** Starts kubelet; needs the container runtime and a ready API server. */
export async function startKubelet(ctx: StartContext, cgroupRoot: string): Promise<void> {
  await writeFile('/etc/hosts', renderHosts(nodeName))
  const config = join(scratchFolder, 'kubelet.json')
  await writeFile(config, renderKubeletConfig({ caFile: ctx.files.ca, cgroupRoot: `/${cgroupRoot}` }))
  const flags = {
    config,
    kubeconfig: ctx.files.kubeconfigs.kubelet,
    'hostname-override': nodeName,
    'node-ip': nodeAddress,
    'root-dir': kubeletFolder,
    v: '2',
  }
  await ctx.processes.startService({ name: 'kubelet', command: binary(ctx, 'kubelet'), args: toFlags(flags) })
}

const socketTimeoutMs = 30_000

async function waitForSocket(daemon: Daemon, path: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + socketTimeoutMs
  while (!(await accepts(path))) {
    const status = daemon.status()
    if (status !== undefined || performance.now() > deadline) {
      const why =
        status === undefined ? `does not answer at ${path} after ${socketTimeoutMs / 1_000} s` : describeExit(status)
      throw new Error(`${daemon.name} ${why}\n${tailOf(daemon.output())}`)
    }
    await delay(50, undefined, { signal })
  }
}

async function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

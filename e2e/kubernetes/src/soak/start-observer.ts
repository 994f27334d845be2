import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ClusterConfig } from '@csi-ts/kube-client'
import type { FromObserver, Observation, ToObserver } from './observer-messages.ts'
import { soakNamespace } from './soak-objects.ts'

/** The observer, as the soak sees it. */
export interface Observer {
  readonly pid: number
  /** How it has ended; undefined while it runs. */
  readonly ended: () => string | undefined
  observe(): Promise<Observation>
  stop(): Promise<void>
}

/** Starts the observer's process; resolves when its caches are filled. It ends with this process. */
export async function startObserver(config: ClusterConfig): Promise<Observer> {
  const child = fork(join(import.meta.dirname, 'observer.ts'), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-4_000)))
  let end: string | undefined
  const exited = once(child, 'exit').then(([code, signal]) => {
    end = `ended with ${String(code ?? signal)}: ${said}`
  })

  async function answerTo(message: ToObserver): Promise<FromObserver> {
    const answer = once(child, 'message') as Promise<[FromObserver]>
    child.send(message)
    const first = await Promise.race([answer, exited])
    if (first === undefined) throw new Error(`the observer ${end}`)
    return first[0]
  }

  await answerTo({ kind: 'start', config, namespace: soakNamespace })
  return {
    pid: child.pid ?? 0,
    ended: () => end,
    async observe() {
      const answer = await answerTo({ kind: 'observe' })
      if (answer.kind !== 'observation') throw new Error(`the observer answers ${answer.kind}`)
      return answer
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

import { join } from 'node:path'
import { type Daemon, describeExit, startDaemon, tailOf } from './daemon.ts'

/** What to start besides its name. */
export interface ProcessSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The processes of one cluster. */
export interface Processes {
  /** Starts a process that must outlive the scenario: when it ends by itself, {@link Processes.broken} fires. */
  startService(spec: ProcessSpec): Promise<Daemon>
  /** Starts a process that may end, and be ended. */
  start(spec: ProcessSpec): Promise<Daemon>
  /** Fires with an error that names a service which ended by itself, with the tail of its log. */
  readonly broken: AbortSignal
  /** Ends everything, last started first. */
  stopAll(): Promise<void>
}

/** Options of {@link createProcesses}. */
export interface ProcessesOptions {
  readonly logFolder: string
  readonly env: Readonly<Record<string, string>>
  /** The kernel ends each process when this one dies: for who has no namespace that dies with it. */
  readonly dieWithParent?: true
}

/** Creates the register of a cluster's processes; each writes `<name>.log` into the log folder. */
export function createProcesses({ logFolder, env, dieWithParent }: ProcessesOptions): Processes {
  const running: Daemon[] = []
  const broken = new AbortController()

  async function start(spec: ProcessSpec): Promise<Daemon> {
    const tied = { command: 'setpriv', args: ['--pdeathsig=KILL', '--', spec.command, ...spec.args] }
    const daemon = await startDaemon({
      ...spec,
      ...(dieWithParent === true ? tied : {}),
      env: { ...env, ...spec.env },
      logFile: join(logFolder, `${spec.name}.log`),
    })
    running.push(daemon)
    return daemon
  }

  async function watch(daemon: Daemon): Promise<void> {
    const status = await daemon.exited
    if (!daemon.toldToEnd())
      broken.abort(new Error(`${daemon.name} ${describeExit(status)}\n${tailOf(daemon.output())}`))
  }

  return {
    broken: broken.signal,
    start,
    async startService(spec) {
      const daemon = await start(spec)
      void watch(daemon)
      return daemon
    },
    async stopAll() {
      for (const daemon of running.toReversed()) if (daemon.status() === undefined) await daemon.stop()
    },
  }
}

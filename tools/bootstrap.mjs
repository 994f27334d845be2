// Runs one of this repository's TypeScript programs: installs what is missing, then goes on under the pinned Node.
// Free of dependencies and plain JavaScript, because it runs before anything is installed and on Node 20.
//   node tools/bootstrap.mjs PROGRAM.ts [argument…]
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname ?? fail('Node >= 20.11 is needed'), '..')
const bin = join(root, 'node_modules/.bin')
/** Holds the digest of the lock file that node_modules was installed from. */
const stamp = join(root, 'node_modules/.installed-from')

const [program, ...args] = process.argv.slice(2)
if (program === undefined) fail('usage: node tools/bootstrap.mjs PROGRAM.ts [argument…]')
if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node >= 20 is needed, this is ${process.version}`)
install()
run()

function install() {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  const started = Date.now()
  process.stderr.write('installing dependencies (npm ci) ... ')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (npm.status !== 0) {
    process.stderr.write(`failed\n${npm.stdout ?? ''}${npm.stderr ?? ''}`)
    fail(npm.error?.message ?? `npm ci ended with ${npm.status ?? npm.signal}`)
  }
  writeFileSync(stamp, digest)
  process.stderr.write(`done in ${Math.round((Date.now() - started) / 1000)} s\n`)
}

function run() {
  const pinned = join(bin, 'node')
  const node = existsSync(pinned) ? pinned : process.execPath
  const child = spawn(
    node,
    ['--conditions=@csi-ts/source', '--disable-warning=ExperimentalWarning', join(root, program), ...args],
    {
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    },
  )
  // The terminal sends SIGINT to the child as well; the others reach this process alone and are passed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  aclFile,
  hashPassword,
  mosquittoConfiguration,
  passwordLines,
  SERVICE_USER,
} from '../../host-link/tms/node/acl.ts'
import type { Fleet } from '../../host-link/tms/store.ts'

export interface MosquittoServer {
  readonly port: number
  /** For workers. */
  readonly url: string
  readonly pid: () => number | undefined
  /** kill -9. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const READY_MS = 10_000

/**
 * A mosquitto of its own with the files that `shuaka tms acl` writes, in `folder`. It is a child of this process and ends with it.
 */
export async function mosquittoServer(
  program: string,
  folder: string,
  tenant: string,
  fleet: Pick<Fleet, 'passwordHashes'>,
): Promise<MosquittoServer> {
  const [port, servicePort] = [await freePort(), await freePort()]
  const password = randomBytes(16).toString('hex')
  const lines: string[] = []
  for await (const line of passwordLines(fleet, hashPassword(Buffer.from(password)))) lines.push(line)
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  write('passwords', `${lines.join('\n')}\n`)
  write('acl', aclFile(tenant))
  write(
    'mosquitto.conf',
    // Started by root it would become the user mosquitto, who cannot read the folder of a test.
    `${mosquittoConfiguration({ port, servicePort, serviceHost: '127.0.0.1', folder })}user root\n`,
  )
  let child: ChildProcess | undefined
  const ended = async (signal: NodeJS.Signals) => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const over = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill(signal)
    await over
  }
  const start = async () => {
    child = spawn(program, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' })
    const end = performance.now() + READY_MS
    while (!(await reachable(port))) {
      if (performance.now() > end) throw new Error('mosquitto does not listen')
      await setTimeout(50)
    }
  }
  await start()
  return {
    port,
    url: `mqtt://${SERVICE_USER}:${password}@127.0.0.1:${servicePort}`,
    pid: () => child?.pid,
    kill: () => ended('SIGKILL'),
    start,
    stop: () => ended('SIGTERM'),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

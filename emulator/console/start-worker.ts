import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { serialDial } from '../../host-link/transport/serial-stream.ts'
import { NODE_WORKER_STACK_MB } from '../vm/limits.ts'
import { serveBridge } from './serial-bridge.ts'
import type { Job } from './worker-words.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Starts the worker of a console terminal. It is bundled anew each time, in a tenth of a second: a loader of
 * TypeScript inside the thread would take longer, and a stored bundle could be an old one.
 */
export async function startWorker(job: Job): Promise<Worker> {
  // Two folders deep as its source, so that what it finds beside itself it finds from there too.
  const outfile = `${ROOT}build/console/worker-${process.pid}.mjs`
  mkdirSync(`${ROOT}build/console`, { recursive: true })
  await build({
    entryPoints: [`${ROOT}emulator/console/worker.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  const { given, ports } = bridged(job)
  const worker = new Worker(outfile, {
    workerData: given,
    transferList: ports,
    resourceLimits: { stackSizeMb: NODE_WORKER_STACK_MB },
  })
  // Imports of its own are in the bundle, so it is not read again once it runs.
  worker.once('message', () => rmSync(outfile, { force: true }))
  worker.once('exit', () => rmSync(outfile, { force: true }))
  return worker
}

/** A serial port is opened in this thread; the worker gets a bridge to it. */
function bridged(job: Job): { readonly given: Job; readonly ports: MessagePort[] } {
  const { station } = job.terminal
  if (station?.kind !== 'serial') return { given: job, ports: [] }
  const { port1, port2 } = new MessageChannel()
  serveBridge(port1, serialDial(station.path))
  const terminal = { ...job.terminal, station: { ...station, bridge: port2 } }
  return { given: { ...job, terminal }, ports: [port2] }
}

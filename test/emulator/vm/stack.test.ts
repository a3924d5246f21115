import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import {
  NODE_WORKER_STACK_MB,
  STACK_BYTES,
  STACK_BYTES_MAX,
  STACK_BYTES_MIN,
} from '../../../emulator/vm/limits.ts'
import { bombNames, recurse } from './stack-bombs.ts'

const OVERFLOW = /^(InternalError|SyntaxError): stack overflow/

describe('endless recursion in the guest is stopped as an error of the guest', () => {
  it.each(bombNames)('%s: on the main thread at its constant', async (name) => {
    expect(await recurse(name, STACK_BYTES.mainThread)).toMatch(OVERFLOW)
  })

  it.each([...bombNames, 'source'] as const)('%s: on the main thread with hostile source', async (name) => {
    expect(await recurse(name, STACK_BYTES.mainThreadHostile)).toMatch(OVERFLOW)
  })

  it.each([...bombNames, 'source'] as const)('%s: in a Worker at its constant', async (name) => {
    const worker = new Worker(
      `import('tsx/esm/api').then(({ tsImport }) => tsImport(process.env.FILE, process.env.FILE))`,
      {
        eval: true,
        env: { ...process.env, FILE: new URL('./stack-worker.ts', import.meta.url).href },
        workerData: { name, stackBytes: STACK_BYTES.nodeWorker },
        resourceLimits: { stackSizeMb: NODE_WORKER_STACK_MB },
      },
    )
    const why = await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    expect(why).toMatch(OVERFLOW)
  })
})

describe('a host that has too little stack', () => {
  it('a limit above what the host carries → the instance is thrown away and reported, the host goes on', async () => {
    expect(await recurse('calls', STACK_BYTES_MAX)).toMatch(
      /^the host could not carry on: Maximum call stack/,
    )
    expect(await recurse('calls', STACK_BYTES.mainThread)).toMatch(OVERFLOW)
  })

  it('a limit that cannot be → stopped with the range', async () => {
    for (const bytes of [0, STACK_BYTES_MIN - 1, STACK_BYTES_MAX + 1, Number.NaN]) {
      expect(await recurse('calls', bytes)).toMatch(/^stack of .* wants 16384 to 1048576$/)
    }
  })
})

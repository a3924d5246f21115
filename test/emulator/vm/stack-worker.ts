import { parentPort, workerData } from 'node:worker_threads'
import { recurse } from './stack-bombs.ts'

/** A Worker that runs one recursion in a guest and says why it was stopped. */
parentPort?.postMessage(await recurse(workerData.name, workerData.stackBytes))

import { connect } from 'node:net'
import { CommandError, sentence } from './command-error.ts'

const REACH_MS = 5_000

/** Opens a connection to `host` and closes it again. CommandError, one sentence, when nobody answers there. */
export function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: REACH_MS })
    const fail = (why: string): void => {
      socket.destroy()
      reject(new CommandError(`the host tcp://${host}:${port} is not reachable: ${why}`))
    }
    socket.once('timeout', () => fail('there is no answer.'))
    // A name with several addresses fails with an error of errors; its code is the first one's.
    socket.once('error', (error) => fail(causeOf(error)))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** The cause alone: address and name are in the sentence already. */
function causeOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return sentence(first).replace(/^.*: /, '')
}

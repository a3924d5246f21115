import type { StreamHandler } from '../../transport/serve-stream.ts'
import type { Host } from '../host.ts'

/**
 * A client's stream at a host whose books are not open yet: what it sends waits for them. Of a host that does not come
 * up, `receive` rejects and the server ends the stream.
 */
export function waitingConnection(host: Promise<Pick<Host, 'connection'>>): StreamHandler {
  let connection: StreamHandler | undefined
  return {
    async receive(chunk) {
      connection ??= (await host).connection()
      return connection.receive(chunk)
    },
    get ended() {
      return connection?.ended
    },
    closed: () => connection?.closed?.(),
  }
}

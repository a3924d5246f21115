import { Duplex } from 'node:stream'
import { makePacketGuard } from '../../transport/packet-guard.ts'

/** Longest MQTT packet that a terminal may send. */
export const FRAME_BYTES_MAX = 40_960
/** Bytes that may wait for one client: four windows. Who lets more pile up is frozen, and is closed. */
export const CLIENT_BYTES_MAX = 262_144

/** Bytes that wait for clients of one broker, in all. */
export interface Waiting {
  bytes: number
}

/**
 * A connection as a broker sees it: writes never wait, so that a client that does not read holds up nobody else. What the
 * client has not taken is bounded; beyond `CLIENT_BYTES_MAX` it is closed, as for a packet that is too long.
 */
export function guardedStream(socket: Duplex, waiting: Waiting): Duplex {
  const fits = makePacketGuard(FRAME_BYTES_MAX)
  let mine = 0
  const written = (bytes: number) => () => {
    mine -= bytes
    waiting.bytes -= bytes
  }
  const send = (chunk: Buffer) => {
    mine += chunk.length
    waiting.bytes += chunk.length
    socket.write(chunk, written(chunk.length))
  }
  const full = () => mine > CLIENT_BYTES_MAX
  const taken = () => (full() ? new Error('the client does not read') : null)
  const stream = new Duplex({
    writableHighWaterMark: CLIENT_BYTES_MAX,
    readableHighWaterMark: FRAME_BYTES_MAX,
    read() {
      socket.resume()
    },
    write(chunk: Buffer, _encoding, done) {
      send(chunk)
      done(taken())
    },
    writev(chunks, done) {
      const [only] = chunks
      send(
        chunks.length === 1 && only !== undefined
          ? only.chunk
          : Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)),
      )
      done(taken())
    },
    final(done) {
      socket.end()
      done()
    },
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk: Buffer) => {
    if (!fits(chunk)) stream.destroy(new Error('a packet is too long'))
    else if (!stream.push(chunk)) socket.pause()
  })
  socket.on('end', () => stream.push(null))
  socket.on('error', () => stream.destroy())
  socket.on('close', () => {
    stream.destroy()
  })
  return stream
}

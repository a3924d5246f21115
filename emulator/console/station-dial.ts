import { WebSocket } from 'ws'
import { serialDial } from '../../host-link/transport/serial-stream.ts'
import { tcpDial } from '../../host-link/transport/tcp-client.ts'
import { type WebSocketLike, webSocketDial } from '../../host-link/transport/web-socket-client.ts'
import type { Dial } from '../device/ports.ts'
import { bridgedDial } from './serial-bridge.ts'
import type { StationAddress } from './worker-words.ts'

/** The cable from the service socket to an injection station. */
export function stationDial(address: StationAddress): Dial {
  switch (address.kind) {
    case 'tcp':
      return tcpDial(address.host, address.port)
    case 'ws':
      return webSocketDial(() => new WebSocket(address.url) as WebSocketLike)
    case 'serial':
      return address.bridge === undefined ? serialDial(address.path) : bridgedDial(address.bridge)
  }
}

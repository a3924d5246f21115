import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Dial } from '../../emulator/device/ports.ts'
import { CONNECT_MS, socketDial } from './tcp-client.ts'

/** Dials a host over TLS. `ca` is PEM of who may have signed its certificate; absent: whom this system believes. */
export function tlsDial(host: string, port: number, ca?: string): Dial {
  return socketDial('secureConnect', () =>
    connect({
      ...{ host, port, minVersion: 'TLSv1.2', timeout: CONNECT_MS },
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
    }).setNoDelay(true),
  )
}

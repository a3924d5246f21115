import type { LineOrder } from '../keys/station/station.ts'

/** What most chips between a computer's USB and a serial cable are set to. */
export const BAUD_RATE = 115_200

/** `127.0.0.1:9200` or `[::1]:9200`; undefined for what is no address. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3] ?? 65_536)
  return host === undefined || port > 65_535 ? undefined : { host, port }
}

/** A device file or a COM port: no other file is opened as a line. */
const SERIAL = /^(?:\/dev\/[A-Za-z0-9_.+/-]{1,100}|COM\d{1,3})$/

/** The line that a person asked for; undefined for an address that is none of its kind. */
export function lineOrder(kind: string, address: string, baudRate = BAUD_RATE): LineOrder | undefined {
  if (kind === 'serial')
    return SERIAL.test(address) && !address.includes('..') ? { kind, path: address, baudRate } : undefined
  if (kind !== 'tcp' && kind !== 'websocket') return undefined
  const place = hostAndPort(address)
  return place && { kind, ...place }
}

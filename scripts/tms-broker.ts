import { SERVICE_USER } from '../host-link/tms/node/acl.ts'
import type { TmsOptions } from '../host-link/tms/node/server.ts'
import { wipe } from '../keys/wipe.ts'
import { CommandError } from './command-error.ts'
import { passwordFor } from './tms-password.ts'

export interface BrokerOptions {
  readonly listen: string
  readonly mqtt: string
  readonly broker?: string
  readonly brokerPasswordFd?: number
  readonly secure?: boolean
}

const LOOPBACK = /^(127\.[\d.]+|localhost|\[?::1\]?)$/

/** The broker of a service: its own, or another's with the password of the workers. Throws CommandError. */
export async function brokerOf({
  broker,
  mqtt,
  brokerPasswordFd,
}: BrokerOptions): Promise<TmsOptions['broker']> {
  if (broker === undefined) {
    if (brokerPasswordFd !== undefined)
      throw new CommandError(
        'tms: --broker-password-fd is for --broker: the broker in this process has none.',
        2,
      )
    return { kind: 'embedded', ...addressOf('--mqtt', mqtt) }
  }
  if (!URL.canParse(broker) || !/^(mqtts?|wss?):$/.test(new URL(broker).protocol))
    throw new CommandError('tms: --broker wants an address like mqtts://host:8883.', 2)
  const url = new URL(broker)
  if (url.password !== '')
    throw new CommandError(
      'tms: --broker: everybody on this machine sees a password in an argument; give it by --broker-password-fd.',
      2,
    )
  if (url.username === '') url.username = SERVICE_USER
  const password = await passwordFor(
    'Password of the workers on the broker',
    brokerPasswordFd,
    false,
    'broker-password',
  )
  url.password = new TextDecoder().decode(password)
  wipe(password)
  return { kind: 'address', url: url.href }
}

/** The address of a broker without user and password. */
export function shownBroker(broker: string): string {
  const { protocol, host } = new URL(broker)
  return `${protocol}//${host}`
}

/** Host and port of an option, `127.0.0.1:8100` or `[::1]:8100`. Throws CommandError. */
export function addressOf(option: string, text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text)
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3] ?? 65_536)]
  if (host === undefined || port > 65_535)
    throw new CommandError(`tms: ${option} wants an address like 127.0.0.1:8100.`, 2)
  return { host, port }
}

/** What goes over a network in the clear, a line each. */
export function plainPlaces({ listen, mqtt, broker, secure }: BrokerOptions): readonly string[] {
  const lines: string[] = []
  const warn = (what: string, how: string) =>
    lines.push(`warning: ${what}, and passwords go over it as they are: ${how}`)
  if (!LOOPBACK.test(addressOf('--listen', listen).host) && secure !== true)
    warn(`${listen} is no loopback address`, 'put TLS in front and give --secure')
  if (broker === undefined) {
    if (!LOOPBACK.test(addressOf('--mqtt', mqtt).host))
      warn(`MQTT on ${mqtt} is no loopback address`, 'put TLS in front of a loopback one')
    return lines
  }
  const { protocol, hostname } = new URL(broker)
  if (/^(mqtt|ws):$/.test(protocol) && !LOOPBACK.test(hostname))
    warn(`${shownBroker(broker)} is another machine`, 'give an mqtts:// or wss:// address')
  return lines
}

import { isIPv4, isIPv6 } from 'node:net'
import { ApiFault } from './api-input.ts'

/** Passwords that may wait to be worked on at a time: each takes memory and a tenth of a second. */
const WAITING_MAX = 80
/** Of one address: whoever floods the log-in waits behind himself. */
export const SHARE_MAX = 8

/** Lets one password after the other be worked on, so that guesses side by side cannot take the machine; addresses in turn. */
export type PasswordQueue = <Result>(address: string, work: () => Promise<Result>) => Promise<Result>

/** Throws `ApiFault` for an address whose share is full, and where all of it is. */
export function passwordQueue(): PasswordQueue {
  /** What waits, by address; the one that was served last stands last. */
  const lines = new Map<string, (() => Promise<void>)[]>()
  let [waiting, busy] = [0, false]
  const run = async (): Promise<void> => {
    busy = true
    for (;;) {
      const [first] = lines
      const job = first?.[1].shift()
      if (first === undefined || job === undefined) break
      const [address, line] = first
      await job()
      waiting--
      // Behind all others; it stood there until now, so that whoever came meanwhile is before its next.
      lines.delete(address)
      if (line.length > 0) lines.set(address, line)
    }
    busy = false
  }
  return (address, work) => {
    const line = lines.get(address) ?? []
    if (waiting >= WAITING_MAX || line.length >= SHARE_MAX)
      return Promise.reject(new ApiFault('tooMany', 'Too many log-ins at once: wait a little.'))
    waiting++
    lines.set(address, line)
    return new Promise((resolve, reject) => {
      line.push(() => work().then(resolve, reject))
      if (!busy) void run()
    })
  }
}

/**
 * Whom a request is counted to. `proxied`: a proxy on this machine or in its network stands in front, and says last in
 * X-Forwarded-For who asked it. Of IPv6 the first 64 bits, which are one subscriber's (RFC 6177).
 */
export function addressKey(
  remote: string | undefined,
  forwarded: string | readonly string[] | undefined,
  proxied: boolean,
): string {
  const last = proxied
    ? String(forwarded ?? '')
        .split(',')
        .at(-1)
        ?.trim()
    : undefined
  const address = last !== undefined && (isIPv4(last) || isIPv6(last)) ? last : (remote ?? '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const all = [...left, ...new Array<string>(zeros).fill('0'), ...right]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { credentialFault } from '../host-link/channel/certificate.ts'
import type { HostChannel } from '../host-link/host/channel-connection.ts'
import { HostError } from '../host-link/host/node/host-error.ts'
import { localTime } from '../host-link/host/node/host-server.ts'
import type { TlsIdentity } from '../host-link/transport/tcp-server.ts'
import { readIdentity } from './identity/identity-file.ts'
import { FileFault } from './json-file.ts'

/** What a host is told about who may speak to it how. */
export interface HostSecurity {
  /** File of the host's identity, made by `shuaka keys identity issue`. */
  readonly identity?: string
  /** `noise`: only inside the channel; else both, where there is an identity. */
  readonly security?: 'plain' | 'noise'
  /** PEM files of a TLS server. */
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** The channel that a host speaks; `undefined`: none. Throws `HostError` or `FileFault`, each one sentence. */
export function hostChannel({ identity, security }: HostSecurity): HostChannel | undefined {
  if (security === 'plain' && identity !== undefined)
    throw new HostError('host: --identity is of the channel; --security plain does without')
  if (identity === undefined) {
    if (security === 'noise')
      throw new HostError('host: --security noise wants the host’s identity, --identity FILE')
    return undefined
  }
  const { credential, certificate } = readIdentity(identity)
  if (certificate.role !== 'host')
    throw new FileFault(identity, '', `it is of a ${certificate.role}, not of a host`)
  const why = credentialFault(credential, Number(localTime().date))
  if (why !== undefined) throw new FileFault(identity, '', why)
  return { credential, only: security === 'noise' }
}

/** Certificate and key of a TLS server; `undefined`: none. Throws `HostError` or `FileFault`, each one sentence. */
export function tlsIdentity({ tlsCert, tlsKey }: HostSecurity): TlsIdentity | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new HostError('host: TLS wants both, --tls-cert FILE and --tls-key FILE')
  const identity = { cert: readPem(tlsCert), key: readPem(tlsKey) }
  try {
    createSecureContext(identity)
  } catch {
    throw new HostError(`host: ${tlsCert} and ${tlsKey} are no PEM certificate and its private key`)
  }
  return identity
}

/** The text of a PEM file. Throws `FileFault`. */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && Reflect.get(error, 'code') === 'ENOENT'
    throw new FileFault(path, '', missing ? 'there is no such file' : 'the file cannot be read')
  }
}

import { credentialFault } from '../host-link/channel/certificate.ts'
import type { Credential } from '../host-link/channel/channel-end.ts'
import type { HostChannel } from '../host-link/host/channel-connection.ts'
import { localTime } from '../host-link/host/node/host-server.ts'
import { CommandError } from './command-error.ts'
import { DEVELOPMENT_HOST, developmentIdentities } from './identity/development.ts'
import { readIdentity } from './identity/identity-file.ts'
import { FileFault } from './json-file.ts'

export interface TerminalSecurity {
  /** `noise`: the line to the host is inside the channel. */
  readonly security?: 'plain' | 'noise'
  /** File of the terminal's identity; absent: the development's, where one is wanted. */
  readonly identity?: string
  /** The host's name in its certificate. */
  readonly hostId?: string
}

export interface TerminalChannel {
  readonly credential?: Credential
  readonly security?: 'plain' | 'noise'
  readonly hostId?: string
  /** Of the host in the same process. */
  readonly hostChannel?: HostChannel
}

/**
 * Who a console terminal is in a channel. Without a file it is given an identity of the development's where its line
 * is to be inside the channel, or where something is plugged into its service socket; the host in the process then has
 * one of the same root. Throws CommandError or FileFault, one sentence each.
 */
export function terminalChannel(
  serial: string,
  options: TerminalSecurity,
  { embedded, station }: { readonly embedded: boolean; readonly station: boolean },
): TerminalChannel {
  const { security = 'plain', identity, hostId } = options
  const said = { security, ...(hostId !== undefined && { hostId }) }
  if (hostId !== undefined && embedded)
    throw new CommandError('terminal: --host-id is of a host on the network; give it with --host.', 2)
  if (embedded && security === 'noise' && identity !== undefined)
    throw new CommandError(
      'terminal: --identity is for a host on the network; the one in this process has its own.',
      2,
    )
  if (identity !== undefined) return { ...said, credential: ownCredential(identity, serial) }
  if (security === 'plain' && !station) return said
  const development = developmentIdentities()
  const credential = development.of('terminal', serial)
  if (!embedded || security === 'plain') return { ...said, credential }
  const host = development.of('host', DEVELOPMENT_HOST)
  return { ...said, credential, hostId: DEVELOPMENT_HOST, hostChannel: { credential: host, only: true } }
}

function ownCredential(file: string, serial: string): Credential {
  const { credential, certificate } = readIdentity(file)
  if (certificate.role !== 'terminal')
    throw new FileFault(file, '', `it is of a ${certificate.role}, not of a terminal`)
  if (certificate.id !== serial)
    throw new FileFault(file, '', `it is of ${certificate.id}, and this terminal is ${serial}`)
  const why = credentialFault(credential, Number(localTime().date))
  if (why !== undefined) throw new FileFault(file, '', why)
  return credential
}

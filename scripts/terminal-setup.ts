import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { HostSetup, StationAddress, TerminalSetup } from '../emulator/console/worker-words.ts'
import type { Acquirer } from '../host-link/host/acquirer.ts'
import { type Card, hostCard, hostTerminal } from '../host-link/host/provision.ts'
import { toHex } from '../keys/hex.ts'
import { readAcquirer } from './acquirer.ts'
import { ensureBuilt } from './build.ts'
import { CommandError } from './command-error.ts'
import { readPem } from './host-channel.ts'
import { readCards, readProvision, type TerminalProvision } from './provision.ts'
import { reach } from './reach.ts'
import { type TerminalSecurity, terminalChannel } from './terminal-channel.ts'

export interface TerminalOptions extends TerminalSecurity {
  /** Path of the provisioning file. */
  readonly provision: string
  /** Path of the cards file. */
  readonly cards: string
  /** Path of the acquirer file of the host in the process; absent: the demonstration's rules without its messages. */
  readonly acquirer?: string
  /** A host on the network; absent: one in the process. */
  readonly host?: { readonly host: string; readonly port: number; readonly tls?: true }
  /** With TLS, PEM file of who may have signed the host's certificate; absent: whom this system believes. */
  readonly tlsCa?: string
  readonly dialect: 'cup' | 'cbor'
  readonly flash?: string
  /** Address of the download service's broker, in the place of the provisioning file's. */
  readonly tms?: string
  /** PEM file of who may have signed its certificate; absent: whom this system believes. */
  readonly tmsCa?: string
  /** An injection station in the service socket; absent: nothing is plugged in. */
  readonly station?: StationAddress
  readonly device: 'compact' | 'standard'
  readonly locale: 'zh' | 'en'
  readonly engine: 'quickjs' | 'v8'
}

/** Reads and checks everything that a console terminal is made of. CommandError or FileFault, one sentence each. */
export async function prepare(options: TerminalOptions): Promise<TerminalSetup> {
  const provision = readProvision(options.provision)
  const cards = readCards(options.cards)
  if (options.engine === 'v8' && provision.tms !== undefined)
    throw new CommandError(
      'terminal: --engine v8 runs the program built in and no other; a terminal with "tms" wants --engine quickjs.',
      2,
    )
  if (options.host !== undefined) await reach(options.host.host, options.host.port)
  const bundle = options.engine === 'quickjs' ? readFileSync((await ensureBuilt()).file, 'utf8') : ''
  return makeTerminalSetup(provision, cards, { ...options, bundle })
}

/** A console terminal of checked files. `bundle` is the text of the terminal's bundle, for QuickJS. */
export function makeTerminalSetup(
  provision: TerminalProvision,
  cards: readonly Card[],
  options: Omit<TerminalOptions, 'provision' | 'cards'> & { readonly bundle: string },
): TerminalSetup {
  const { terminalId, merchantId, merchantName, serial } = provision.terminal
  const { tpdu, profile, keySlot } = provision.host
  const tms = tmsOf(provision, options)
  const { hostChannel, ...channel } = terminalChannel(serial, options, {
    embedded: options.host === undefined,
    station: options.station !== undefined,
  })
  const embedded: HostSetup = {
    kind: 'embedded',
    ...(hostChannel && { channel: hostChannel }),
    terminals: [hostTerminal(provision)],
    cards: cards.map(hostCard),
    acquirer: embeddedRules(options.acquirer),
  }
  return {
    model: options.device,
    locale: options.locale,
    serial,
    setup: {
      terminalId,
      merchantId,
      merchantName,
      tpdu,
      profile,
      dialect: options.dialect,
      keySlot,
      parameters: provision.parameters,
      stores: provision.stores,
      ...(provision.tms && { update: { tenant: provision.tms.tenant, root: provision.tms.root } }),
    },
    masterKeys: provision.keys.map(({ slot, algorithm, key, kcv }) => ({
      slot,
      algorithm,
      key: key.slice(), // the host in this process may wipe its own
      checkValue: toHex(kcv.slice(0, 3)),
    })),
    wallet: cards.map(({ name, track2 }) => ({ name, track2: `;${track2}?` })),
    host: options.host === undefined ? embedded : networkHost(options.host, options.tlsCa),
    ...channel,
    ...(tms && { tms }),
    ...(options.station === undefined ? {} : { station: options.station }),
    ...(options.flash === undefined ? {} : { flashFolder: options.flash }),
    engine: options.engine,
    bundle: options.bundle,
  }
}

/** The service of the file, at another address where one is given. */
function tmsOf({ tms }: TerminalProvision, { tms: url, tmsCa }: Pick<TerminalOptions, 'tms' | 'tmsCa'>) {
  if (tms === undefined) {
    if (url === undefined && tmsCa === undefined) return undefined
    const wanted = '"tms" with tenant, password and root in the provisioning file'
    throw new CommandError(`terminal: --tms and --tms-ca want ${wanted}.`, 2)
  }
  const { root: _, ...service } = tms
  return { ...service, ...(url !== undefined && { url }), ...(tmsCa !== undefined && { ca: readPem(tmsCa) }) }
}

function networkHost(
  { tls, ...address }: NonNullable<TerminalOptions['host']>,
  tlsCa: string | undefined,
): HostSetup {
  if (tls === undefined) return { kind: 'tcp', ...address }
  return { kind: 'tcp', ...address, tls: tlsCa === undefined ? {} : { ca: readPem(tlsCa) } }
}

/** The rules of a file; without one those of the demonstration but for its messages, which would come by themselves. */
function embeddedRules(file: string | undefined): Acquirer {
  if (file !== undefined) return readAcquirer(file)
  return { ...readAcquirer(fileURLToPath(new URL('demo/acquirer.json', import.meta.url))), messages: [] }
}

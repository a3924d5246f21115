import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServicePolicy } from '../host-link/tms/api-people.ts'
import { aclFile, hashPassword, mosquittoConfiguration, passwordLines } from '../host-link/tms/node/acl.ts'
import { facesSchema } from '../host-link/tms/node/api-schema.ts'
import { apiPart } from '../host-link/tms/node/api-server.ts'
import { pagePart } from '../host-link/tms/node/page-part.ts'
import { countUsers } from '../host-link/tms/node/people.ts'
import { startTms, type TmsServer } from '../host-link/tms/node/server.ts'
import { makeSigners, readSigners, type Signers } from '../host-link/tms/node/signers.ts'
import { openTmsDatabase, tmsStore } from '../host-link/tms/node/tms-store.ts'
import { readEnvelope } from '../host-link/wire/tms/envelope.ts'
import { decodeRoot, ROLE, ROOT_BYTES_MAX, type RootDocument, same } from '../host-link/wire/tms/root.ts'
import { toHex } from '../keys/hex.ts'
import { SCRYPT_COST } from '../keys/station/passphrase.ts'
import { wipe } from '../keys/wipe.ts'
import { buildTmsPage, TMS_PAGE_FOLDER } from './build-page.ts'
import { CommandError } from './command-error.ts'
import { addressOf, type BrokerOptions, brokerOf, plainPlaces, shownBroker } from './tms-broker.ts'
import { existingDatabase } from './tms-database.ts'
import { databaseOf, shownDatabase, tmsFiles } from './tms-folder.ts'
import { passwordFor } from './tms-password.ts'

export interface InitTmsCommand {
  readonly folder: string
  readonly passphraseFd?: number
  readonly dryRun?: boolean
}

/** `shuaka tms init`: the online keys, sealed, and their public sides for the root. */
export async function initTms({ folder, passphraseFd, dryRun }: InitTmsCommand): Promise<string> {
  const path = join(folder, tmsFiles.keys)
  if (existsSync(path))
    throw new CommandError(`tms init: ${path} is there already; keys are never written over.`)
  if (dryRun === true) return `试运行 dry run: ${path}, director.pub and parameters.pub would be made\n`
  const passphrase = await passwordFor('Passphrase of the online keys', passphraseFd, true, 'passphrase')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const signers = await makeSigners(path, passphrase)
  const lines = (['director', 'parameters'] as const).map((role) => {
    const file = join(folder, `${role}.pub`)
    const { publicKey, kid } = signers[role]
    const said = {
      kind: 'shuaka release public key 1',
      role,
      name: 'download service',
      publicKey: toHex(publicKey),
    }
    writeFileSync(file, `${JSON.stringify(said, undefined, 2)}\n`, { flag: 'wx' })
    return `${file}: ${toHex(kid).toLowerCase()}\n`
  })
  return `${path}\n${lines.join('')}下一步 next: shuaka release root make … --key both of them, sign, export to ${join(folder, tmsFiles.root)}\n`
}

export interface TmsCommand extends BrokerOptions {
  readonly folder: string
  readonly db?: string
  readonly root?: string
  readonly passphraseFd?: number
  readonly names?: readonly string[]
  readonly parametersApproval: ServicePolicy['parameters']
  readonly drift: ServicePolicy['drift']
  readonly worker?: boolean
  readonly secondSource?: boolean
  readonly blockBytes?: number
  readonly version: string
  readonly log: (line: string) => void
  readonly warn: (line: string) => void
}

/** `shuaka tms`: the service in this process. Throws CommandError, TmsError: one sentence. */
export async function runTms(command: TmsCommand): Promise<TmsServer> {
  const { folder, log, warn } = command
  const rootBytes = rootOf(command.root ?? join(folder, tmsFiles.root))
  const { root } = rootBytes
  const signers = await signersOf(folder, command.passphraseFd)
  const database = databaseOf(folder, command.db)
  checkSigners(await newestRoot(database, root), signers)
  const [http, broker] = [addressOf('--listen', command.listen), await brokerOf(command)]
  const names = [http.host, ...(command.names ?? [])]
  await buildTmsPage()
  const policy: ServicePolicy = { parameters: command.parametersApproval, drift: command.drift }
  const server = await startTms({
    ...{ database, signers, http, tenant: root.tenant, broker },
    ...{ log, worker: command.worker !== false, secondSource: command.secondSource === true },
    ...(command.blockBytes !== undefined && { blockBytes: command.blockBytes }),
    schemas: [facesSchema(database)],
    parts: (parts) => [
      apiPart(parts, {
        ...{ version: command.version, policy, scryptCost: SCRYPT_COST, factoryRoot: rootBytes.bytes, warn },
        now: () => Math.floor(Date.now() / 1000),
        names,
        secure: command.secure === true,
      }),
      pagePart({ folder: TMS_PAGE_FOLDER, names }),
    ],
  })
  log(`下载服务 download service of ${root.tenant}: http://${command.listen}/, ${shownDatabase(database)}`)
  log(
    server.mqttPort === undefined
      ? `broker: ${shownBroker(command.broker ?? '')}`
      : `MQTT on port ${server.mqttPort}, and over WebSocket under /mqtt`,
  )
  if ((await countUsers(server.database)) === 0)
    warn('nobody can log in yet: shuaka tms user add NAME --first makes the first administrator')
  for (const line of plainPlaces(command)) warn(line)
  return server
}

function rootOf(path: string): { readonly bytes: Uint8Array; readonly root: RootDocument } {
  if (!existsSync(path))
    throw new CommandError(`tms: ${path}: there is no root document; shuaka release root makes one.`)
  const bytes = new Uint8Array(readFileSync(path))
  try {
    return { bytes, root: decodeRoot(readEnvelope(bytes, ROOT_BYTES_MAX).payload) }
  } catch {
    throw new CommandError(`tms: ${path}: it is no root document; shuaka release root export writes one.`)
  }
}

async function signersOf(folder: string, fd: number | undefined): Promise<Signers> {
  const path = join(folder, tmsFiles.keys)
  if (!existsSync(path))
    throw new CommandError(`tms: ${path}: there are no online keys; shuaka tms init makes them.`)
  const passphrase = await passwordFor('Passphrase of the online keys', fd, false, 'passphrase')
  const signers = await readSigners(path, passphrase).finally(() => wipe(passphrase))
  if (signers === undefined)
    throw new CommandError(`tms: ${path}: it is not this passphrase, or the file is damaged.`)
  return signers
}

/** The root document that terminals go by: the newest that was added, else the factory's. */
async function newestRoot(address: string, factory: RootDocument): Promise<RootDocument> {
  const database = await openTmsDatabase(address, [facesSchema(address)])
  try {
    const newest = await tmsStore(database).root()
    return newest === undefined ? factory : decodeRoot(readEnvelope(newest.bytes, ROOT_BYTES_MAX).payload)
  } finally {
    await database.close()
  }
}

/** No terminal would take what other keys sign. */
function checkSigners(root: RootDocument, signers: Signers): void {
  for (const role of ['director', 'parameters'] as const) {
    const known = root.roles.some(
      (entry) => entry.role === ROLE[role] && entry.kids.some((kid) => same(kid, signers[role].kid)),
    )
    if (!known)
      throw new CommandError(
        `tms: the root document does not know the ${role} key of this service: make one with ${role}.pub in it.`,
      )
  }
}

export interface AclCommand {
  readonly folder: string
  readonly db?: string
  readonly tenant?: string
  readonly out: string
  readonly port: number
  readonly servicePort: number
  readonly passwordFd?: number
  readonly dryRun?: boolean
}

/** `shuaka tms acl`: files for mosquitto, from the database. */
export async function writeAcl(command: AclCommand): Promise<string> {
  const { folder, db, out, port, servicePort, passwordFd, dryRun } = command
  const tenant = command.tenant ?? rootOf(join(folder, tmsFiles.root)).root.tenant
  const database = await existingDatabase('tms acl', databaseOf(folder, db))
  try {
    const lines: string[] = []
    const password =
      dryRun === true
        ? new Uint8Array(16)
        : await passwordFor('Password of the workers on the broker', passwordFd, false)
    const service = hashPassword(password)
    wipe(password)
    for await (const line of passwordLines(tmsStore(database), service)) lines.push(line)
    const files: readonly (readonly [string, string])[] = [
      [
        'mosquitto.conf',
        mosquittoConfiguration({ port, servicePort, serviceHost: '127.0.0.1', folder: out }),
      ],
      ['acl', aclFile(tenant)],
      ['passwords', `${lines.join('\n')}\n`],
    ]
    if (dryRun === true)
      return `试运行 dry run: ${files.map(([name]) => join(out, name)).join(', ')}, ${lines.length - 1} terminals\n`
    mkdirSync(out, { recursive: true })
    for (const [name, text] of files)
      writeFileSync(join(out, name), text, { mode: name === 'passwords' ? 0o640 : 0o644 })
    return `${files.map(([name]) => join(out, name)).join('\n')}\n${lines.length - 1} terminals\n`
  } finally {
    await database.close()
  }
}

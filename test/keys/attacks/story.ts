import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import { createHost, type Host } from '../../../host-link/host/host.ts'
import { openStore } from '../../../host-link/host/node/host-server.ts'
import { hostTerminal } from '../../../host-link/host/provision.ts'
import { openStation } from '../../../keys/station/open.ts'
import type { Station } from '../../../keys/station/station.ts'
import { main } from '../../../scripts/cli.ts'
import { readProvision } from '../../../scripts/provision.ts'
import { type Secret, type Sink, textSink } from '../../rig/leak.ts'
import { WALL_MS } from '../../rig/till.ts'
import { descriptors } from '../../scripts/keys-run.ts'
import { AN, BO, done, fresh, START_MS, tcpDial, trust, utf8 } from '../station/rig.ts'
import { cliStory } from './story-commands.ts'
import { faultStory } from './story-faults.ts'
import { filesOf, tap } from './story-lines.ts'
import { CANARY, cards, checkValueSecrets } from './story-secrets.ts'
import { type StoryTill, storyTill, terminalDay } from './story-till.ts'

/** What a whole story left behind, and what must not be in it. */
export interface Story {
  readonly secrets: readonly Secret[]
  readonly sinks: readonly Sink[]
}

const demo = (name: string): string =>
  fileURLToPath(new URL(`../../../scripts/demo/${name}`, import.meta.url))
const PROVISIONS = [demo('mall.json'), demo('shop.json')]

/** `shuaka …` in this process: everything that it printed. */
export async function command(...words: readonly string[]): Promise<string> {
  const said: string[] = []
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    said.push(String(part))
    return true
  })
  const error = vi.spyOn(console, 'error').mockImplementation((line) => void said.push(`${line}\n`))
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void said.push(`${line}\n`))
  try {
    const code = await main(words)
    return `$ ${words.join(' ')}\n${said.join('')}exit ${code}\n`
  } finally {
    for (const spy of [out, error, log]) spy.mockRestore()
  }
}

async function ceremony(station: Station): Promise<ReturnType<typeof trust>> {
  done(await station.enrol(AN, 'custodian', utf8(CANARY.passphrases[0])))
  done(await station.enrol(BO, 'custodian', utf8(CANARY.passphrases[1])))
  done(station.logOut(AN))
  await station.logIn(AN, utf8(CANARY.wrongPassphrase))
  done(await station.logIn(AN, utf8(CANARY.passphrases[0])))
  await station.logIn(BO, utf8(CANARY.passphrases[1])) // where the end of the session took him along
  const { rootSecret } = done(station.developmentIdentity('STATION-1'))
  const an = () => ({ name: AN, passphrase: utf8(CANARY.passphrases[0]) })
  const bo = () => ({ name: BO, passphrase: utf8(CANARY.passphrases[1]) })
  done(await station.beginKey({ label: 'ZMK 1', algorithm: 'AES', components: 2 }, [an(), bo()]))
  await station.component({ name: AN, passphrase: utf8(CANARY.wrongPassphrase) }, utf8(CANARY.components[0]))
  await station.component(an(), utf8(`${CANARY.components[0]}00`)) // too long: refused
  done(await station.component(an(), utf8(CANARY.components[1])))
  done(station.rejectComponent(AN))
  done(await station.component(an(), utf8(CANARY.components[0])))
  done(await station.confirmComponent(an()))
  await station.component(bo(), utf8(CANARY.components[0])) // the same: refused
  done(await station.component(bo(), utf8(CANARY.components[1])))
  done(await station.confirmComponent(bo()))
  const csv = 'serial,terminalId,slot,algorithm\nSK000001,10000001,1,TDES\nSK000002,10000002,1,TDES\n'
  done(station.expectCsv(csv) as { kind: 'ok' })
  return trust(rootSecret)
}

/** Plays it all: ceremony, injections, import, sales, a remote loading, an opened case, commands; and gathers. */
export async function tellStory(): Promise<Story> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-leak-'))
  const given = descriptors()
  const sinks: Sink[] = []
  const said: string[] = []
  const station = await openStation(join(folder, 'station'), {
    ...{ clock: { nowMs: () => START_MS }, random: fresh, scryptCost: 2 },
  })
  try {
    const { issue } = await ceremony(station)
    const { address } = done(await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 }))
    const cable = tap(tcpDial(address))
    const time = makeVirtualTime({
      wallMs: WALL_MS,
      async settle() {
        for (let turn = 0; turn < 4; turn++) await setImmediate()
        await cable.quiet()
      },
    })
    let host: Host | undefined
    const common = { time, station: cable.dial, host: () => host }
    const tills = [
      storyTill({
        ...common,
        provision: readProvision(demo('mall.json')),
        dialect: 'cup',
        credential: issue('terminal', 'SK000001'),
      }),
      storyTill({
        ...common,
        provision: readProvision(demo('shop.json')),
        dialect: 'cbor',
        credential: issue('terminal', 'SK000002'),
        noise: true,
      }),
    ]
    for (const till of tills) await till.inject()
    sinks.push({ name: 'cable of the station', bytes: Buffer.concat(cable.seen) })
    sinks.push(
      ...atTheStation(station),
      ...filesOf('station folder while it runs', join(folder, 'station'), /^$/),
    )

    const exported = join(folder, 'export.json')
    writeFileSync(exported, done(station.exportKeys()).json)
    const books = join(folder, 'books.db')
    await (await openStore({ db: books })).store.close()
    const where = ['--db', books, '--provision', ...PROVISIONS]
    const zmk = Buffer.from(CANARY.components[0], 'hex').map(
      (byte, at) => byte ^ (Buffer.from(CANARY.components[1], 'hex')[at] ?? 0),
    )
    said.push(
      await command('host', 'import-keys', exported, '--zmk-fd', given.give(CANARY.components[0]), ...where),
    )
    said.push(
      await command(
        'host',
        'import-keys',
        exported,
        '--zmk-fd',
        given.give(Buffer.from(zmk).toString('hex')),
        ...where,
      ),
    )
    said.push(await command('host', 'renew-key', '10000002', '--by', 'chen', ...where))

    const { store, secret } = await openStore({ db: books })
    const alarms: string[] = []
    host = createHost({
      ...{
        store,
        secret,
        cards,
        random: fresh,
        terminals: PROVISIONS.map((path) => hostTerminal(readProvision(path))),
      },
      clock: { now: () => ({ date: '20261121', time: '090500' }) },
      alarm: (alarm) => void alarms.push(alarm),
      channel: { credential: issue('host', 'HOST-1'), only: false },
    })
    const [mall, shop] = tills as [StoryTill, StoryTill]
    await terminalDay(mall, { renew: false })
    await terminalDay(shop, { renew: true })
    sinks.push(textSink('alarms of the host', alarms))
    sinks.push(
      ...filesOf(
        'books while the host runs',
        folder,
        /^(station|books\.db\.secret|books\.db\.lock|export\.json)/,
      ),
    )
    for (const each of [mall, shop]) sinks.push(...each.sinks())
    await store.close()
    said.push(
      await command('host', 'keys', '--json', ...where),
      await command('host', 'keys', '10000002', ...where),
    )
    done(station.closeSession())
    said.push(...(await cliStory(command, given, join(folder, 'station'))))
    sinks.push(...filesOf('station folder after the session', join(folder, 'station'), /^$/))
    sinks.push({ name: 'export for the host', bytes: readFileSync(exported) })
    sinks.push(textSink('what the commands printed', said), textSink('exceptions and refusals', faultStory()))
    const secrets = [...canaries(zmk), ...tills.flatMap((till) => till.keys())]
    return { secrets: [...secrets, ...checkValueSecrets(secrets)], sinks }
  } finally {
    given.end()
    await station.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function canaries(zmk: Uint8Array): readonly Secret[] {
  const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))
  return [
    { name: 'PIN', value: CANARY.pin },
    { name: 'wrong PIN', value: CANARY.wrongPin },
    { name: 'PAN', value: CANARY.pan },
    { name: 'track', value: `3012201${CANARY.discretionary}` },
    { name: 'injection password', value: CANARY.passwords[0] },
    { name: 'injection password', value: CANARY.passwords[1] },
    ...[...CANARY.passphrases, CANARY.wrongPassphrase].map((text) => ({
      name: 'passphrase',
      value: utf8(text),
    })),
    ...CANARY.components.map((digits) => ({ name: 'component', value: hex(digits) })),
    { name: 'ZMK', value: zmk },
    { name: 'key of a command', value: hex(CANARY.commandKey) },
    { name: 'protection key of a command', value: hex(CANARY.commandKbpk) },
  ]
}

/** All that its page, its audit and its printer show. */
function atTheStation(station: Station): readonly Sink[] {
  return [
    textSink('view of the page', JSON.stringify([station.view(), station.progress()])),
    textSink('audit', JSON.stringify([...station.audit()])),
    textSink('audit as CSV', station.auditFile('csv')),
    textSink('audit as JSON', station.auditFile('json')),
    textSink('labels', done(station.labels()).text),
  ]
}

import { describe, expect, it } from 'vitest'
import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { type Lease, renewLeases } from '../../../../host-link/tms/node/leases.ts'
import type { Signer } from '../../../../host-link/tms/node/signers.ts'
import { tellSome } from '../../../../host-link/tms/node/tell.ts'
import { rootStep } from '../../../../host-link/tms/root-step.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { readEnvelope, sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { decodeRoot, encodeRoot, ROOT_BYTES_MAX } from '../../../../host-link/wire/tms/root.ts'
import { ed25519Verify } from '../../../../keys/ed25519.ts'
import { makeUpdateTerminal } from '../../../rig/update.ts'
import { crew, FACTORY_ROOT, NEXT_DIRECTOR, NEXT_ROOT } from '../../../rig/update-documents.ts'
import { NOW, person, rootOf, SERIAL, sha256, TENANT } from '../../wire/tms/samples.ts'
import { apiRigs } from './api-rig.ts'
import { newTerminal } from './rig.ts'

const rigs = apiRigs()

/** Root 3: the root keys are others too, and so is the director again. */
const LATER = [51, 52, 53].map(person)
const LAST_DIRECTOR = [61].map(person)
const LAST_ROOT = sealEnvelope(
  'root',
  encodeRoot(rootOf({ ...crew, root: LATER, director: LAST_DIRECTOR }, [2, 2, 1, 1], { seq: 3 })),
  [...crew.root.slice(0, 2), ...LATER.slice(0, 2)],
)
const documentOf = (bytes: Uint8Array) => decodeRoot(readEnvelope(bytes, ROOT_BYTES_MAX).payload)

describe('rotation 轮换, from the API to a terminal', () => {
  it('a root with a new director is added → the terminal takes it with the order that the new director signs, and the next', async () => {
    const api = await rigs('sqlite', {}, { tenant: TENANT, factoryRoot: FACTORY_ROOT, now: NOW })
    await api.store.addTerminals([newTerminal(SERIAL)], NOW)
    const leases = await renewLeases(api.database, 'w')
    const terminal = makeUpdateTerminal()
    const ours = new Set<Uint8Array>()
    const { fates, hellos, send } = terminal.service
    fates.down = (_, bytes) => (ours.has(bytes) ? [{ bytes, afterMs: 0 }] : [])
    const hear = () => {
      const own = { kind: 'hello', serial: SERIAL, shard: shardOf(SERIAL) } as const
      const said = hellos.map((hello): Inbound => ({ ...own, hello }))
      return accept(api.database, { id: 'w', leases, tenant: TENANT }, said, NOW)
    }
    const tell = async (director: Signer | undefined) => {
      if (director === undefined) throw new Error('no director')
      const told = await tellSome(api.database, tellerOf(leases, director), NOW)
      for (const { payload } of told) {
        ours.add(payload)
        send('want', payload)
      }
      await terminal.time.advance(2_000)
      return terminal.updater().order()?.seq
    }
    terminal.start()
    await terminal.until(() => hellos.length > 0)
    await hear()
    expect(await tell(signerOf(crew.director[0]))).toBe(NOW)

    await api.get('addRoot', 'administrator', { bytes: new Uint8Array(NEXT_ROOT) })
    // The service does not hear how far the terminal is: it sends both roots with what it has to say next.
    expect(await tell(signerOf(NEXT_DIRECTOR[0]))).toBe(NOW)
    const command = {
      serial: SERIAL,
      kind: 'report',
      argument: new Uint8Array(0),
      createdBy: 'anna',
    } as const
    await api.store.addCommand(command, NOW)
    expect(await tell(signerOf(NEXT_DIRECTOR[0]))).toBe(NOW + 1)
    await api.get('addRoot', 'administrator', { bytes: new Uint8Array(LAST_ROOT) })
    await api.store.addCommand(command, NOW)
    expect(await tell(signerOf(LAST_DIRECTOR[0]))).toBe(NOW + 2)
    await api.store.addCommand(command, NOW)
    expect(await tell(signerOf(NEXT_DIRECTOR[0]))).toBe(NOW + 2) // whose time is over

    terminal.updater().ask()
    await terminal.until(() => hellos.length > 1)
    expect(hellos.at(-1)?.rootVersion).toBe(3)
    const roots = await api.get('roots', 'viewer')
    expect(roots.map(({ version }) => version)).toEqual([1, 2, 3])
    const { rows } = await api.get('audit', 'administrator', { query: { event: 'rootAdded' } })
    expect(rows.map(({ subject }) => subject)).toEqual(['root 3', 'root 2'])
  })

  it('one that no terminal would take → refused in one sentence, nothing kept, nobody told', async () => {
    const api = await rigs('sqlite', {}, { tenant: TENANT, factoryRoot: FACTORY_ROOT, now: NOW })
    const made = (over: object, signers = crew.root.slice(0, 2)) =>
      sealEnvelope('root', encodeRoot(rootOf(crew, [2, 2, 1, 1], { seq: 2, ...over })), signers)
    const woken = api.woken()
    for (const [bytes, why] of [
      [Uint8Array.of(1, 2), /no root document/],
      [LAST_ROOT, /number 3; the next one is 2/],
      [made({ tenant: 'other' }), /tenant other/],
      [made({}, crew.root.slice(0, 1)), /not signed as the root document 1 wants/],
      [made({}, LATER), /not signed as the root document 1 wants/],
      [made({ expires: NOW - 1, created: NOW - 9 }), /expired/],
    ] as const) {
      const { status, error } = await api.ask('addRoot', 'administrator', { bytes: new Uint8Array(bytes) })
      expect([status, error?.en]).toEqual([409, expect.stringMatching(why)])
    }
    expect(await api.store.roots()).toEqual([])
    expect(api.woken()).toBe(woken)
    const checks = { verify: ed25519Verify, sha256, now: NOW }
    const high = { ...documentOf(FACTORY_ROOT), counterFloor: 4 }
    expect(rootStep(high, made({ counterFloor: 3 }), checks)).toMatchObject({
      why: 'its counter floor 3 is below 4',
    })
    const strangers = rootOf({ ...crew, root: LATER }, [2, 2, 1, 1], { seq: 2 })
    const unsigned = sealEnvelope('root', encodeRoot(strangers), crew.root.slice(0, 2))
    expect(rootStep(documentOf(FACTORY_ROOT), unsigned, checks)).toMatchObject({
      why: expect.stringMatching(/enough of its own root keys/),
    })
  })
})

function tellerOf(leases: readonly Lease[], director: Signer) {
  return { id: 'w', leases, tenant: TENANT, director, source: 0 }
}

function signerOf(person: (typeof crew.director)[number] | undefined): Signer | undefined {
  return person && { kid: person.kid, publicKey: person.key, sign: person.sign }
}

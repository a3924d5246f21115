import { afterAll, describe, expect, test } from 'vitest'
import { decodeLogPiece, LOG_PIECE_BYTES } from '../../../../host-link/tms/log-piece.ts'
import { accept, type Inbound } from '../../../../host-link/tms/node/accept.ts'
import { renewLeases } from '../../../../host-link/tms/node/leases.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { tellSome } from '../../../../host-link/tms/node/tell.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { shardOf } from '../../../../host-link/transport/inbox-topics.ts'
import { encodeCbor } from '../../../../host-link/wire/cbor.ts'
import { encodeLogArgument } from '../../../../host-link/wire/tms/command.ts'
import { DATABASES, databases } from './places.ts'
import { newTerminal, seedOf, serialOf, TENANT, testSigners } from './rig.ts'

const at = databases()
afterAll(() => at.remove())

const NOW = 1_800_000_000
const [SERIAL, OTHER] = [serialOf(1), serialOf(2)]
const bytesOf = (length: number, mark = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => 32 + ((index * mark) % 90))

/** The message of a terminal, as it sends it (`terminal/update/log-excerpt.ts`). */
function piece(command: number, log: Uint8Array, offset: number, serial = SERIAL): Inbound {
  const message = new Map<number, number | Uint8Array>([
    ...([
      [0, command],
      [1, offset],
      [2, log.length],
    ] as const),
    [3, log.slice(offset, offset + LOG_PIECE_BYTES)],
  ])
  return { kind: 'log', serial, shard: shardOf(serial), piece: decodeLogPiece(encodeCbor(message)) }
}
const offsets = (log: Uint8Array): readonly number[] =>
  Array.from({ length: Math.ceil(log.length / LOG_PIECE_BYTES) }, (_, index) => index * LOG_PIECE_BYTES)

describe.each(DATABASES.filter(({ skipped }) => !skipped))('logs 日志 on $title', ({ database: kind }) => {
  async function rig() {
    const database = await openTmsDatabase(await at.address(kind))
    const store = tmsStore(database)
    await store.addTerminals([newTerminal(SERIAL), newTerminal(OTHER)], NOW)
    const worker = { id: 'w', leases: await renewLeases(database, 'w'), tenant: TENANT }
    const hear = async (...messages: readonly Inbound[]) =>
      (await accept(database, worker, messages, NOW)).doubts
    const ask = async (bytes: number, serial = SERIAL) => {
      const argument = encodeLogArgument({ bytes })
      const added = await store.addCommand({ serial, kind: 'log', argument, createdBy: 'anna' }, NOW)
      if (added.kind === 'refused') throw new Error(added.why)
      return added.id
    }
    const tell = async (serial = SERIAL) => {
      const { publicKey } = signerOf(seedOf(serial))
      const own = {
        nonce: new Uint8Array(8),
        epoch: 1,
        maker: 'm',
        model: 'A8',
        blockMax: 4_096,
        rootVersion: 1,
      }
      const hello = { ...own, serial, reportKey: publicKey, report: null }
      await hear({ kind: 'hello', serial, shard: shardOf(serial), hello })
      await tellSome(database, { ...worker, director: testSigners().director, source: 0 }, NOW)
    }
    return { store, hear, ask, tell }
  }

  test('pieces in any order, some of them twice → the log as it was sent, byte for byte', async () => {
    const { store, hear, ask, tell } = await rig()
    const command = await ask(10_000)
    await tell()
    const log = bytesOf(9_500)
    const [first = 0, second = 0, third = 0] = offsets(log)
    expect(await hear(piece(command, log, first), piece(command, log, third))).toEqual([])
    expect(await store.logOf(command)).toMatchObject({ size: 9_500, bytes: { length: 4_096 } })
    expect(await store.logSizes([command])).toEqual(new Map([[command, { bytes: 5_404, size: 9_500 }]]))
    expect(await hear(piece(command, log, first), piece(command, log, second))).toEqual([])
    const held = await store.logOf(command)
    expect([held?.serial, Buffer.compare(held?.bytes ?? new Uint8Array(0), log)]).toEqual([SERIAL, 0])
    // It is complete: nobody changes it any more.
    expect(await hear(piece(command, bytesOf(9_500, 7), 0))).toEqual([expect.stringMatching(/is complete/)])
    expect(await hear(piece(command, log, second))).toEqual([])
    await store.close()
  })

  test('the line broke and the terminal begins again with another log → that one, nothing of the first', async () => {
    const { store, hear, ask, tell } = await rig()
    const command = await ask(32_768)
    await tell()
    const [old, fresh] = [bytesOf(20_000), bytesOf(12_000, 7)]
    await hear(
      ...offsets(old)
        .slice(0, 4)
        .map((offset) => piece(command, old, offset)),
    )
    const alike = bytesOf(20_000, 7) // as long, and yet another
    await hear(piece(command, alike, 0))
    expect(Buffer.compare((await store.logOf(command))?.bytes ?? old, alike.slice(0, 4_096))).toBe(0)
    await hear(...offsets(fresh).map((offset) => piece(command, fresh, offset)))
    expect(Buffer.compare((await store.logOf(command))?.bytes ?? old, fresh)).toBe(0)
    await store.close()
  })

  test('a log that nobody asked this terminal for, or more than was asked → passed over, named in the log', async () => {
    const { store, hear, ask, tell } = await rig()
    const [command, theirs] = [await ask(4_000), await ask(4_000, OTHER)]
    const log = bytesOf(4_000)
    const none = [expect.stringMatching(/no log was asked for/)]
    expect(await hear(piece(command, log, 0))).toEqual(none) // nobody has told it yet
    await tell(OTHER)
    await tell()
    expect(await hear(piece(theirs, log, 0))).toEqual(none)
    expect(await hear(piece(99, log, 0))).toEqual(none)
    expect(await hear(piece(command, bytesOf(4_001), 0))).toEqual([expect.stringMatching(/did not ask for/)])
    const lock = await store.addCommand(
      { serial: SERIAL, kind: 'report', argument: new Uint8Array(0), createdBy: 'anna' },
      NOW,
    )
    await tell()
    expect(await hear(piece(lock.kind === 'added' ? lock.id : 0, log, 0))).toEqual(none)
    await store.cancelCommand(command)
    expect(await hear(piece(command, log, 0))).toEqual(none)
    for (const id of [command, theirs, 99]) expect(await store.logOf(id)).toBeUndefined()
    await store.close()
  })

  test('a piece that is none → refused before anything is kept', async () => {
    const { store, hear, ask, tell } = await rig()
    const command = await ask(32_768)
    await tell()
    const whole = piece(command, bytesOf(9_000), 4_096)
    if (whole.kind !== 'log') throw new Error('no piece')
    const wrong = { ...whole, piece: { ...whole.piece, offset: 100 } }
    const short = { ...whole, piece: { ...whole.piece, bytes: whole.piece.bytes.slice(1) } }
    const past = { ...whole, piece: { ...whole.piece, offset: 12_288 } }
    expect(await hear(wrong, short, past)).toHaveLength(3)
    expect(await store.logOf(command)).toBeUndefined()
    await store.close()
  })

  test('a hello with a key of small order → not believed, not answered, and its key is not kept', async () => {
    const { store, hear } = await rig()
    const own = {
      nonce: new Uint8Array(8),
      epoch: 1,
      maker: 'm',
      model: 'A8',
      blockMax: 4_096,
      rootVersion: 1,
    }
    const hello = (reportKey: Uint8Array): Inbound => ({
      ...{ kind: 'hello', serial: SERIAL, shard: shardOf(SERIAL) },
      hello: { ...own, serial: SERIAL, reportKey, report: null },
    })
    const one = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0))
    for (const key of [new Uint8Array(32), one, new Uint8Array(32).fill(0xff)])
      expect(await hear(hello(key))).toEqual([expect.stringMatching(/report key/)])
    expect(await store.terminal(SERIAL)).toMatchObject({ reportKey: '', keyTrust: 'none', nonce: '' })
    expect(await hear(hello(signerOf(seedOf(SERIAL)).publicKey))).toEqual([])
    expect(await store.terminal(SERIAL)).toMatchObject({ keyTrust: 'firstUse' })
    await store.close()
  })
})

import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startTms } from '../../../../host-link/tms/node/server.ts'
import {
  newTerminal,
  rollOut,
  serialOf,
  TENANT,
  temporaryFolder,
  terminalAt,
  testRelease,
  testSigners,
  until,
} from './rig.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const SIZES = [1_024, 4_096, 16_384, 32_768] as const

// biome-ignore format: one row a service; what terminals of 1, 4, 16 and 32 KiB are told
test.each([
  [undefined, [1_024, 4_096, 16_384, 16_384]],
  [1_024,     [1_024, 1_024, 1_024,  1_024]],
  [8_192,     [1_024, 4_096, 8_192,  8_192]],
  [32_768,    [1_024, 4_096, 16_384, 32_768]],
] as const)('the block of a download is what service (%s) and terminal both take, and in such blocks it comes', async (blockBytes, expected) => {
  const server = await startTms({
    ...{ database: join(folder.path, `${blockBytes}.db`), tenant: TENANT, signers: testSigners() },
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
    ...(blockBytes !== undefined && { blockBytes }),
  })
  const serials = SIZES.map((_, number) => serialOf(number))
  await server.store.addTerminals(serials.map((serial) => newTerminal(serial)), 1)
  const told = new Map<string, number>()
  const terminals = SIZES.map((size, number) => {
    const serial = serialOf(number)
    return terminalAt(server.mqttPort ?? 0, serial, {
      ...{ blockBytes: size, windowBytes: 65_536 },
      told: ({ transfer }) => void told.set(serial, transfer.blockMax),
    })
  })
  const release = testRelease('2.0.0', 100_000)
  await rollOut(server.store, release, serials)
  server.wake()
  await until('all run it', () => terminals.every((one) => one.running().release === release.manifest))
  expect(serials.map((serial) => told.get(serial))).toEqual(expected)
  expect(terminals.map(({ counts }) => [counts.wrong, counts.doubleBytes])).toEqual(SIZES.map(() => [0, 0]))
  for (const terminal of terminals) terminal.close()
  await server.close()
})

import { expect, test } from 'vitest'
import type { FromWorker, TerminalSetup } from '../../../emulator/page/protocol.ts'
import { startTerminal } from '../../../emulator/page/worker/terminal.ts'
import type { Vault } from '../../../emulator/page/worker/vault.ts'
import { v8Engine } from '../../../emulator/v8-engine.ts'
import { startWhole } from '../../../terminal/whole.ts'

const terminal: TerminalSetup = {
  serial: 'SK000001',
  setup: {
    terminalId: '10000001',
    merchantId: '898320153110001',
    merchantName: '示例家居广场',
    tpdu: '6000030000',
    profile: 'mall',
    dialect: 'cup',
    keySlot: 1,
    parameters: {},
    stores: [],
  },
  masterKeys: [{ slot: 1, key: '7CA23D5B94E6108F2B4C6D8EA1F3957D', checkValue: 'FB4529' }],
}

/** A vault whose writes are done when `finish` says so. */
function makeSlowVault() {
  const records = new Map<string, Uint8Array>()
  const pending: (() => void)[] = []
  const vault: Vault = {
    load: async () => new Map(records),
    save: (changed) =>
      new Promise((resolve) => {
        pending.push(() => {
          for (const [key, bytes] of changed) records.set(key, bytes)
          resolve()
        })
      }),
    erase: async () => records.clear(),
  }
  return { vault, records, pending, finish: () => pending.shift()?.() }
}

const turns = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('worker: no frame, no picture and no paper leaves before what was written is in the vault', async () => {
  const { vault, records, pending, finish } = makeSlowVault()
  const posted: FromWorker[] = []
  const sent: Uint8Array[] = []
  await startTerminal({
    terminal,
    choice: { model: 'standard', locale: 'zh', dialect: 'cup' },
    vault,
    scheduler: {
      monotonicMs: () => performance.now(),
      wallMs: () => Date.now(),
      after(ms, then) {
        const timer = setTimeout(then, ms).unref()
        return () => clearTimeout(timer)
      },
    },
    dial: async () => ({ send: (bytes) => sent.push(bytes), close: () => undefined }),
    dialStation: () => async () => undefined,
    loadEngine: async () => v8Engine(startWhole),
    post: (message) => posted.push(message),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    gbk: (bytes) => new TextDecoder('gbk').decode(bytes),
  })
  await turns(300)
  expect(pending.length).toBe(1)
  expect(records.size).toBe(0)
  expect(posted.filter((message) => message.kind === 'screen' || message.kind === 'wire')).toEqual([])
  expect(sent).toEqual([])

  while (sent.length === 0) {
    finish()
    await turns(20)
  }
  expect(records.has('secure')).toBe(true)
  expect([...records.keys()].some((key) => key.startsWith('flash/'))).toBe(true)
  expect(Buffer.from(sent[0] ?? []).toString('hex')).toMatch(/^0{0,2}[0-9a-f]*60000300006031/)
})

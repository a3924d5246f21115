import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { type RigProcess, startRig } from '../../../emulator/native/rig-process.ts'
import { toHex } from '../../../keys/hex.ts'
import { ensureNative } from '../../rig/native.ts'

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

/** `describe` and `test` of what needs the native runtime: without its tools they are skipped, and the line above says why. */
export const describeNative = describe.skipIf(missing !== undefined)
export const testNative = test.skipIf(missing !== undefined)

/** The rig and the product; empty where the tools are missing. */
export const RIG_BINARY = 'missing' in native ? '' : native.rig.command
export const DEVICE_BINARY = 'missing' in native ? '' : native.device.command

/** A device's folder as `device.json` alone makes it: erased chips, no keys. */
export function newFolder(more: object = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-port-'))
  mkdirSync(folder, { recursive: true })
  const setup = {
    ...{
      terminalId: '10000001',
      merchantId: '898320153110001',
      merchantName: '示例家居广场',
      tpdu: '6000030000',
    },
    ...{ profile: 'mall', dialect: 'cup', keySlot: 1, parameters: {}, stores: [] },
    ...{ update: { tenant: 'acme', root: '0102ff' } },
  }
  const device = { serial: 'PORT00000001', model: 'standard', setup, ...more }
  writeFileSync(join(folder, 'device.json'), JSON.stringify(device))
  return folder
}

/** One run of the rig with a program of the test's own, whose body `device` is known to. */
export interface Guest {
  readonly rig: RigProcess
  /** Every line that the process has said. */
  readonly lines: readonly string[]
  /** What the program has given to `device.rig.report`, a call each. */
  readonly reports: readonly (readonly unknown[])[]
  /** When the process has ended by itself. */
  readonly ended: Promise<{ readonly status: number | string; readonly complaint: string }>
  /** Sends words, each when all that followed from the one before has happened, and waits for that. */
  obey(...words: string[]): Promise<void>
  /** Answers the program's last `rig.wait()`, and waits until all has followed. */
  give(value: unknown): Promise<void>
  /** What the program has reported since the last call. */
  take(): readonly unknown[]
  /** Lines since the last call whose first word is one of these, without pictures and chance. */
  told(...words: string[]): readonly string[]
}

export interface GuestOptions {
  readonly folder?: string
  readonly args?: readonly string[]
  readonly env?: { readonly [name: string]: string }
  /** Without `device.rig`: the program can report nothing. */
  readonly noCalls?: true
  /** Words before the power. */
  readonly before?: readonly string[]
  /** What the program's `rig.ask(…)` gives. */
  readonly ask?: (guest: Guest, args: readonly unknown[]) => unknown
}

/** Starts it; the body is that of an async function, after which the program waits for a key. */
export async function startGuest(body: string, options: GuestOptions = {}): Promise<Guest> {
  const { folder = newFolder(), before = [], args = [], env, noCalls, ask } = options
  const program = join(mkdtempSync(join(tmpdir(), 'shuaka-program-')), 'program.js')
  const script = `var application = { running: (async () => {
    const { rig, flash, slots, link, clock, info, inbox, keypad } = device
    const report = rig?.report
    const bytes = (...of) => Uint8Array.from(of)
    ${body}
    for (;;) await keypad.next(600000)
  })() }`
  writeFileSync(program, script)
  const lines: string[] = []
  const reports: unknown[][] = []
  let seen = 0
  let heard = 0
  let chance = 0
  let waits = '0'
  let over: (how: { status: number | string; complaint: string }) => void = () => undefined
  const ended = new Promise<{ status: number | string; complaint: string }>((resolve) => {
    over = resolve
  })
  const rig = startRig(
    {
      command: RIG_BINARY,
      args: ['--folder', folder, '--program', program, '--pipe', ...args],
      ...(env && { env }),
    },
    {
      said(word, rest) {
        lines.push(rest === '' ? word : `${word} ${rest}`)
        if (word === 'random')
          rig.answer(`random\t${toHex(Uint8Array.from({ length: Number(rest) }, () => ++chance & 0xff))}`)
        if (word !== 'rig') return
        const [id = '', name = '', ...json] = rest.split(' ')
        const given = JSON.parse(json.join(' ')) as unknown[]
        if (name === 'report') reports.push(given)
        if (name === 'wait') waits = id
        if (name === 'wait') return
        const result = name === 'ask' ? ask?.(guest, given) : null
        rig.answer(`rig-answer\t${id}\t${JSON.stringify(result ?? null)}`)
      },
      ended: (status, complaint) => over({ status, complaint }),
    },
  )
  const guest: Guest = {
    ...{ rig, lines, reports, ended },
    async obey(...words) {
      for (const word of words) rig.send(word)
      await rig.quiet()
    },
    give: (value) => guest.obey(`rig-answer\t${waits}\t${JSON.stringify(value ?? null)}`),
    take() {
      const taken = reports.slice(seen).flat()
      seen = reports.length
      return taken
    },
    told(...words) {
      const taken = lines.slice(heard)
      heard = lines.length
      return taken.filter((line) => words.includes(line.split(' ')[0] ?? ''))
    },
  }
  const calls = { report: 'instant', ask: 'instant', wait: 'waits' }
  if (noCalls !== true) rig.answer(`rig-calls\t${JSON.stringify(calls)}`)
  for (const word of before) rig.answer(word)
  rig.answer('time\t0\t1767225600000')
  await rig.quiet()
  return guest
}

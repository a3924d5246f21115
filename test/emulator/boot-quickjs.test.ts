import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import { makeMachine } from '../../emulator/machine.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { bytesOfProgram, textOfProgram } from '../../emulator/vm/program-text.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import { Vm } from '../../emulator/vm/vm.ts'
import { build } from '../../scripts/build.ts'
import { type Choice, firstStage } from '../../terminal/boot/first-stage.ts'
import { areasOf } from '../../terminal/boot/layout.ts'
import { arm, readBoot } from '../../terminal/boot/record.ts'
import type { CallKind } from '../../terminal/device/contract.ts'
import { fill, makeTerminal, NOTE, program, type Terminal, takeOver } from '../terminal/boot/boot-rig.ts'
import { makeBench } from './device/bench.ts'

const module = await loadQuickJsNode()
const stackBytes = STACK_BYTES.mainThread
const folders: string[] = []
let arms = ''
let confirms = ''
let bootJs = ''

/** The text of an entry, built as the terminal's bundle is. */
async function textOf(entry: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shuaka-program-'))
  folders.push(folder)
  const { file } = await build({ entry: fileURLToPath(new URL(entry, import.meta.url)), folder })
  return readFile(file, 'utf8')
}

beforeAll(async () => {
  arms = await textOf('programs/arms.ts')
  confirms = await textOf('programs/confirms.ts')
  bootJs = (await textOf('../../terminal/boot/quickjs.ts')).replace('var application=', 'var boot=')
})
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

/** A machine with the real engine, `arms` built in and `bytes` in slot a. */
function makeBoard(bytes: Uint8Array, interruptBudget = 1_000) {
  const bench = makeBench()
  const programChip = makeFlashChip({ geometry: PROGRAM_CHIP })
  store(programChip, bytes)
  const stops: string[] = []
  const machine = makeMachine({
    options: bench.options,
    chip: bench.chip,
    programChip,
    engine: quickJsEngine({ module, bundle: arms, stackBytes, interruptBudget }),
    onStopped: (why) => stops.push(why),
  })
  return { ...bench, machine, programChip, stops }
}

function store(chip: FlashChip, bytes: Uint8Array): void {
  const areas = areasOf(PROGRAM_CHIP)
  if (areas === undefined) throw new Error('no areas')
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length, true)
  chip.program(areas.documents.address, length)
  for (let at = 0; at < bytes.length; at += 4096) {
    const part = new Uint8Array(4096).fill(0xff)
    part.set(bytes.subarray(at, at + 4096))
    chip.program(areas.a.address + at, part)
  }
}

describe('two real programs in QuickJS', () => {
  test('the one built in arms the one in slot a → it runs, confirms itself, and runs from then on', async () => {
    const { machine, time, screen, stops } = makeBoard(bytesOfProgram(confirms))
    machine.powerOn()
    await time.runUntil(() => screen()[0] === '新程序 a trial', 10_000)
    expect(screen()[0]).toBe('新程序 a trial')
    machine.powerOff()
    machine.powerOn()
    await time.runUntil(() => screen()[0] === '新程序 a', 10_000)
    expect([machine.state, screen()[0], stops]).toEqual(['running', '新程序 a', []])
  })

  test.each([
    ['throws at once', `throw new Error('fell over')`, /fell over/, 17],
    ['is no script', 'this is no script', /SyntaxError/, 17],
    ['ends', 'var application = { running: Promise.resolve() }', /has ended/, 17],
    ['runs without end', 'for (;;);', /ran over its budget/, 18],
  ])('G04 a program that %s → three tries, then the one built in', async (_, text, why, code) => {
    const { machine, time, screen, stops } = makeBoard(bytesOfProgram(text), 20)
    machine.powerOn()
    await time.runUntil(() => screen()[0] === `old reverted ${code}`, 60_000)
    expect([screen()[0], stops.length]).toEqual([`old reverted ${code}`, 3])
    for (const each of stops) expect(each).toMatch(why)
  })

  test('G04 bytes that are no UTF-8 → a crash that says so, and nothing of them is evaluated', async () => {
    const bytes = Uint8Array.of(
      ...bytesOfProgram('device.display.draw(1, 0, "ran", "normal") //'),
      0xc0,
      0x80,
    )
    const { machine, time, screen, stops } = makeBoard(bytes)
    machine.powerOn()
    await time.runUntil(() => screen()[0] === 'old reverted 17', 60_000)
    expect(stops).toEqual(new Array(3).fill('Error: the program is no text: its bytes are no UTF-8'))
    expect(screen().slice(0, 2)).toEqual(['old reverted 17', ''])
  })
})

describe('text and bytes of a program', () => {
  test.each(['', 'a', '%', '100 %41', '程序', '😀\u0000\uffff', '\u0080\u07ff\u0800'])(
    '%j comes back',
    (text) => {
      const bytes = bytesOfProgram(text)
      expect(bytes).toEqual(new Uint8Array(Buffer.from(text)))
      expect(textOfProgram(bytes)).toBe(text)
    },
  )
  test.each([
    [[0x80]],
    [[0xc0, 0x80]],
    [[0xe0, 0x80, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0xf4, 0x90, 0x80, 0x80]],
    [[0xe7, 0xa8]],
    [[0xff]],
  ])('bytes %j → refused', (bytes) => expect(() => textOfProgram(Uint8Array.from(bytes))).toThrow('no UTF-8'))
})

describe('the first stage as a script, build/boot.js', () => {
  const calls: { readonly [peripheral: string]: { readonly [call: string]: CallKind } } = {
    slots: { geometry: 'instant', read: 'instant', program: 'instant', erase: 'instant', factory: 'instant' },
    secure: { deviceTag: 'instant', hash: 'instant', floor: 'instant' },
    stage: { load: 'instant', hung: 'instant', chose: 'instant' },
  }
  /** The choice of the script in QuickJS, on this board. */
  async function inQuickJs({ board }: Terminal): Promise<Choice> {
    let choice: Choice | undefined
    const stage = {
      load: (address: number, length: number) => board.load(address, length),
      hung: () => board.hung,
      chose(given: Choice) {
        choice = given
      },
    }
    const bundle = `var board = { slots: device.slots, secure: device.secure, load: device.stage.load, hung: device.stage.hung() };
      ${bootJs}; device.stage.chose(boot.choice); var application = { running: 0 }`
    const why: string[] = []
    const limits = { memoryLimitBytes: 1024 * 1024, stackBytes, interruptBudget: 1_000 }
    const vm = new Vm({ module, bundle, ...limits }, (ended) => why.push(ended))
    await vm.boot({ ...board, stage }, calls)
    if (choice === undefined) throw new Error(why.join())
    return choice
  }

  const OLD = program('a', 'the old program')
  const NEW = program('b', 'the new program', 2)
  const prepared = (terminal: Terminal, more: (terminal: Terminal) => void = () => undefined): Terminal => {
    fill(terminal.chip, 'a', 'the old program')
    fill(terminal.chip, 'b', 'the new program')
    takeOver(terminal, OLD)
    more(terminal)
    return terminal
  }
  const rot = ({ chip }: Terminal, place: 'a' | 'b'): void =>
    chip.flip(areasOf(chip.geometry())?.[place].address ?? 0, 1)
  const armed = (then: (terminal: Terminal) => void) => (terminal: Terminal) => {
    arm(terminal.board, NEW, NOTE)
    then(terminal)
  }
  const taken = (then: (terminal: Terminal) => void) => (terminal: Terminal) => {
    takeOver(terminal, NEW)
    then(terminal)
  }
  const cases: readonly [string, (terminal: Terminal) => void][] = [
    ['nothing to do', () => undefined],
    ['a new program', armed(() => undefined)],
    ['a new program that rots', armed((terminal) => rot(terminal, 'b'))],
    [
      'a counter under the floor',
      armed(({ secure }) => {
        secure.floor = 3
      }),
    ],
    ['an active program that rots', taken((terminal) => rot(terminal, 'b'))],
    [
      'both that rot',
      taken((terminal) => {
        rot(terminal, 'a')
        rot(terminal, 'b')
      }),
    ],
    ['a copy of the record that rots', armed(({ chip }) => chip.flip(2048 + 20, 1))],
    [
      'records of another device',
      ({ secure }) => {
        secure.secret = 'another'
      },
    ],
    [
      'a hang',
      armed((terminal) => {
        terminal.hung = true
      }),
    ],
  ]
  test.each(cases)(
    'in QuickJS as in V8: %s → the same choices and the same chip, four starts long',
    async (_, prepare) => {
      const one = prepared(makeTerminal(), prepare)
      const other = prepared(makeTerminal(), prepare)
      for (let start = 0; start < 4; start++) {
        expect(await inQuickJs(other)).toEqual(firstStage(one.board))
        expect(Buffer.compare(one.chip.image(), other.chip.image())).toBe(0)
        expect(one.chip.operations()).toBe(other.chip.operations())
      }
      expect(readBoot(other.board)).toEqual(readBoot(one.board))
    },
  )
})

import { describe, expect, it } from 'vitest'
import { bytesOfProgram, textOfProgram } from '../../../emulator/vm/program-text.ts'
import { NEXT_SCRIPT, scriptsOf } from '../../../terminal/boot/scripts.ts'
import { bootGuest } from './guest.ts'

/** Leaves `application.start`, as the first script of a terminal's program does. */
const FIRST = `var application = (() => { 'use strict'; const { tell, wait } = device.port
  return { start: async (word) => { tell(word); await wait() } } })();`
const SECOND = "var application = { running: application.start('second') };"
const program = (...scripts: readonly string[]) => scripts.map((text) => `${text}\n`).join(NEXT_SCRIPT)

describe('a program of several scripts', () => {
  it('two → evaluated one after the other in one context; what the last leaves is the application', async () => {
    const guest = await bootGuest('', { bundle: program(FIRST, SECOND) })
    expect([guest.told, guest.why, guest.waiting()]).toEqual([['second'], [], 1])
    guest.vm.dispose()
  })

  it('as bytes of a slot → the same; as one script for who knows no line → the same', async () => {
    for (const bundle of [
      bytesOfProgram(program(FIRST, SECOND)),
      program(FIRST, SECOND).replace(NEXT_SCRIPT, '//\n'),
    ]) {
      const guest = await bootGuest('', { bundle })
      expect([guest.told, guest.why]).toEqual([['second'], []])
      guest.vm.dispose()
    }
  })

  it('the first throws → stopped, nothing of the second runs; the second does not parse → stopped with its place', async () => {
    const thrown = await bootGuest('', { bundle: program("throw Error('first')", `${FIRST}${SECOND}`) })
    expect([thrown.told, thrown.why.length]).toEqual([[], 1])
    expect(thrown.why[0]).toMatch(/^Error: first < at .*terminal\.js:1/)
    const unread = await bootGuest('', { bundle: program(FIRST, 'let = ;') })
    expect(unread.why[0]).toMatch(/^SyntaxError: .*script2\.js:1/)
  })

  it('the first alone → stopped: there is no application', async () => {
    const guest = await bootGuest('', { bundle: program(FIRST) })
    expect(guest.why).toEqual(['the application has ended: it waits for nothing'])
  })

  it('the line inside a line, at the very beginning, or without its end → no border', () => {
    for (const text of [
      'a//# next script\nb',
      '//# next script\nb',
      'a\n//# next script',
      'a\n //# next script\nb',
    ])
      expect(scriptsOf(text), text).toEqual([text])
    expect(scriptsOf('a\n//# next script\nb\n//# next script\nc\n')).toEqual(['a', 'b', 'c\n'])
  })

  it('text → bytes → the same text', () => {
    const text = program('"消费 100% 𠮷"', 'b')
    expect(textOfProgram(bytesOfProgram(text))).toBe(text)
  })
})

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandError } from '../../scripts/command-error.ts'
import { SECRET_BYTES_MAX, secretFromDescriptor, secretInput } from '../../scripts/secret-input.ts'

/** The keyboard side of a terminal, and what it was told. */
class Keyboard extends PassThrough {
  readonly isTTY = true
  readonly raw: boolean[] = []
  setRawMode(raw: boolean): void {
    this.raw.push(raw)
  }
}

function terminal() {
  const input = new Keyboard()
  const shown: string[] = []
  const output = { write: (text: string | Uint8Array) => shown.push(String(text)) }
  const secrets = secretInput({ input, output })
  /** A chunk of its own memory, so that its wiping can be seen. */
  const press = (keys: string): Uint8Array => {
    const chunk = Buffer.from(keys, 'latin1')
    input.write(chunk)
    return chunk
  }
  return { input, shown, secrets, press }
}
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('a secret at a terminal', () => {
  test('typed to Enter → its bytes; nothing but the prompt is shown, no echo until the end, the keys are wiped', async () => {
    const { input, shown, secrets, press } = terminal()
    const line = secrets.line('key: ')
    const chunks = ['01', '2', '3\r'].map(press)
    expect(latin1(await line)).toBe('0123')
    expect(shown).toEqual(['key: ', '\n'])
    expect(input.raw).toEqual([true])
    expect(chunks.every((chunk) => chunk.every((byte) => byte === 0))).toBe(true)
    expect(input.isPaused()).toBe(true)
    secrets.close()
    expect(input.raw).toEqual([true, false])
  })

  test('raw mode comes before the prompt, so that whoever types at once is not echoed', async () => {
    const order: string[] = []
    const input = new Keyboard()
    input.setRawMode = (raw) => {
      order.push(`raw ${raw}`)
    }
    const secrets = secretInput({ input, output: { write: (text) => order.push(String(text)) } })
    const line = secrets.line('key: ')
    input.write('\r')
    await line
    expect(order).toEqual(['raw true', 'key: ', '\n'])
  })

  test('backspace takes one back, Ctrl-U all, an arrow nothing', async () => {
    const { secrets, press } = terminal()
    const line = secrets.line('')
    for (const keys of ['xyz', '\x15', 'ab', '\x1b[A', 'c\x7f', '\x7f\x7f\x7f\x08', 'de\n']) press(keys)
    expect(latin1(await line)).toBe('de')
  })

  test('two lines in one paste → both prompts answered; the rest waits for the next', async () => {
    const { secrets, press } = terminal()
    const first = secrets.line('')
    press('AAAA\rBB')
    expect(latin1(await first)).toBe('AAAA')
    const second = secrets.line('')
    press('CC\r')
    expect(latin1(await second)).toBe('BBCC')
    secrets.close()
  })

  test.each([
    ['Ctrl-C', 'ab\x03', 'secret: cancelled.'],
    ['too much', `${'a'.repeat(SECRET_BYTES_MAX + 1)}\r`, 'secret: more than 512 bytes.'],
  ])('%s → one line, raw mode is left', async (_, keys, message) => {
    const { input, secrets, press } = terminal()
    const line = secrets.line('')
    press(keys)
    await expect(line).rejects.toThrow(new CommandError(message))
    secrets.close()
    expect(input.raw).toEqual([true, false])
  })

  test('the terminal goes away → one line', async () => {
    const { input, secrets } = terminal()
    const line = secrets.line('')
    input.end()
    await expect(line).rejects.toThrow('secret: the terminal is gone.')
  })

  test('a pipe is no terminal', async () => {
    const secrets = secretInput({ input: new PassThrough(), output: { write: () => true } })
    expect(secrets.present).toBe(false)
    await expect(secrets.line('')).rejects.toThrow('this is no terminal')
  })
})

describe('a secret on a file descriptor', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'shuaka-secret-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function from(content: string): Uint8Array {
    const file = join(folder, 'secret')
    writeFileSync(file, content)
    const fd = openSync(file, 'r')
    try {
      return secretFromDescriptor(fd, 'key')
    } finally {
      closeSync(fd)
    }
  }

  test('all bytes to the end, also the last that fit', () => {
    expect(latin1(from('01 23\n'))).toBe('01 23\n')
    expect(from('a'.repeat(SECRET_BYTES_MAX))).toHaveLength(SECRET_BYTES_MAX)
  })

  test('nothing, too much, and a descriptor that is not open → one line, which repeats nothing', () => {
    expect(() => from('')).toThrow(/^key: file descriptor \d+ gives nothing\.$/)
    expect(() => from('ab'.repeat(SECRET_BYTES_MAX))).toThrow(
      /^key: file descriptor \d+ gives more than 512 bytes\.$/,
    )
    expect(() => secretFromDescriptor(1019, 'key')).toThrow(
      'key: file descriptor 1019 cannot be read; is it open?',
    )
  })
})

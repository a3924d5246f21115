import { once } from 'node:events'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEVICE_JSON, ensureNative, newDeviceFolder, runNative } from '../../rig/native.ts'
import { buildGuestDevice, guestFolder } from './guest-device.ts'

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

const { setup } = DEVICE_JSON
const folder = newDeviceFolder()
const run = (words: readonly string[]) => {
  if ('missing' in native) return expect.fail(native.missing)
  return runNative(native.device, words)
}

describe.skipIf(missing !== undefined)('shuaka-device: wrong words end with 2 and one line', () => {
  // biome-ignore format: one row a fault
  const wrong: readonly (readonly [words: string, line: string])[] = [
    ['',                                  '--folder DIR is wanted'                             ],
    ['--folder',                          '--folder: wants a value'                            ],
    ['--folder F --colour red',           'there is no option --colour'                        ],
    ['--folder F extra',                  'there is no option extra'                           ],
    ['--folder F --host here',            '--host here: wants HOST:PORT'                       ],
    ['--folder F --host :80',             '--host :80: wants HOST:PORT'                        ],
    ['--folder F --host a:0',             '--host a:0: wants HOST:PORT'                        ],
    ['--folder F --host a:65536',         '--host a:65536: wants HOST:PORT'                    ],
    ['--folder F --host a:1x',            '--host a:1x: wants HOST:PORT'                       ],
    ['--folder F --host ::1:80',          '--host ::1:80: wants [ADDRESS]:PORT, brackets around IPv6'],
    ['--folder F --host [::1]',           '--host [::1]: wants [ADDRESS]:PORT, brackets around IPv6'],
    ['--folder F --host []:80',           '--host []:80: wants HOST:PORT'                      ],
    ['--folder F --host [::1]:',          '--host [::1]:: wants HOST:PORT'                     ],
    ['--folder F --heap 262143',          '--heap 262143: wants 262144 to 67108864 bytes'      ],
    ['--folder F --heap 67108865',        '--heap 67108865: wants 262144 to 67108864 bytes'    ],
    ['--folder F --heap 1m',              '--heap 1m: wants 262144 to 67108864 bytes'          ],
    ['--folder F --locale fr',            '--locale fr: wants zh or en'                        ],
    ['--folder /nowhere',                 '/nowhere/device.json: is not there'                 ],
  ]
  test.each(wrong)('%s → %s', async (words, line) => {
    const ended = await run(
      words
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => (word === 'F' ? folder : word)),
    )
    expect(ended).toMatchObject({ status: 2, out: [] })
    expect(ended.err).toHaveLength(1)
    expect(ended.err[0]).toMatch(`shuaka-device: ${line}`)
  })

  test('--help and --version → said on standard output, nothing else happens', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ status: 0, err: [] })
    expect(help.out.join('\n')).toContain('--folder DIR')
    const { out } = await run(['--version'])
    expect(out).toEqual([expect.stringMatching(/^shuaka-device \d+\.\d+\.\d+, QuickJS 2025-04-26$/)])
  })

  test('--check → says that it could start, or with which line it could not', async () => {
    expect(await run(['--folder', newDeviceFolder(), '--check'])).toMatchObject({ status: 0, err: [] })
    const program = join(folder, 'other.js')
    const ended = await run(['--folder', folder, '--program', program, '--check'])
    expect(ended).toMatchObject({ status: 3, err: [`shuaka-device: ${program}: there is no program`] })
  })
})

describe.skipIf(missing !== undefined)('a full disk on standard output → 6 and one line', () => {
  test.each(['--version', '--help', '--folder F --check', '--folder F --pipe'])('%s', async (words) => {
    if ('missing' in native) return expect.fail(native.missing)
    const given = words.split(' ').map((word) => (word === 'F' ? folder : word))
    const inner = 'exec "$0" "$@" > /dev/full'
    const ended = await runNative({ command: 'sh', args: ['-c', inner] }, [native.device.command, ...given])
    expect(ended).toEqual({
      ...{ status: 6, out: [] },
      err: ['shuaka-device: standard output: No space left on device'],
    })
  })

  test('the front was closed → 0', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    const inner = '{ "$0" "$@"; echo $? >&2; } | true'
    const ended = await runNative({ command: 'sh', args: ['-c', inner] }, [
      ...[native.device.command, '--folder', folder, '--pipe'],
    ])
    expect(ended.err).toEqual(['shuaka-device: the front was closed', '0'])
  })
})

describe.skipIf(missing !== undefined)('--host [::1]:PORT: an address of IPv6 in brackets', () => {
  test('is the one that is dialled', async () => {
    const server = createServer()
    server.listen(0, '::1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const binary = buildGuestDevice()
    const device = guestFolder({ guest: 'await device.link.open(5000); await keypad.next(600000)' })
    const accepted = once(server, 'connection')
    const words = ['--folder', device, '--program', join(device, 'guest.js'), '--pipe']
    const ended = runNative({ command: binary, args: [] }, [...words, '--host', `[::1]:${port}`], (line) =>
      line.startsWith('wire {"direction":"open"') ? 'quit' : undefined,
    )
    const [socket] = (await accepted) as [Socket]
    socket.resume()
    expect(await ended).toMatchObject({ status: 0, err: [] })
    server.close()
  })
})

describe.skipIf(missing !== undefined)('device.json: a fault is one line that names file and field', () => {
  // biome-ignore format: one row a fault
  const faults: readonly (readonly [name: string, content: object | string, line: string])[] = [
    ['no JSON',             '{ "serial"',                                      'SyntaxError: '                                    ],
    ['a list',              [],                                                'holds no object'                                  ],
    ['no object',           '7',                                               'holds no object'                                  ],
    ['no serial number',    { ...DEVICE_JSON, serial: undefined },             'serial is not there'                              ],
    ['serial of 21',        { ...DEVICE_JSON, serial: 'x'.repeat(21) },        'serial wants text of 1 to 20 bytes'               ],
    ['number for text',     { ...DEVICE_JSON, serial: 7 },                     'serial wants text of 1 to 20 bytes'               ],
    ['other model',         { ...DEVICE_JSON, model: 'huge' },                 'model wants compact or standard'                  ],
    ['unknown field',       { ...DEVICE_JSON, colour: 'red' },                 'colour nobody knows it'                           ],
    ['unknown set-up',      { ...DEVICE_JSON, setup: { ...setup, pin: 1 } },   'setup.pin nobody knows it'                        ],
    ['no host',             { ...DEVICE_JSON, host: undefined },               'host is not there'                                ],
    ['port 0',              { ...DEVICE_JSON, host: { host: 'h', port: 0 } },  'host.port wants a whole number, 1 to 65535'       ],
    ['half a port',         { ...DEVICE_JSON, host: { host: 'h', port: 1.5 } }, 'host.port wants a whole number, 1 to 65535'      ],
    ['heap too small',      { ...DEVICE_JSON, heap: 4096 },                    'heap wants a whole number, 262144 to 67108864'    ],
    ['terminal number',     { ...DEVICE_JSON, setup: { ...setup, terminalId: '1' } }, 'setup.terminalId wants text of 8 to 8 bytes' ],
    ['key slot',            { ...DEVICE_JSON, setup: { ...setup, keySlot: 10 } }, 'setup.keySlot wants a whole number, 0 to 9'    ],
    ['stores no list',      { ...DEVICE_JSON, setup: { ...setup, stores: {} } }, 'setup.stores wants a list'                      ],
    ['parameters a list',   { ...DEVICE_JSON, setup: { ...setup, parameters: [] } }, 'setup.parameters wants an object'           ],
    ['root of half a byte', rooted('0102f'),                                   'update.root wants 2 to 8192 hexadecimal digits, two a byte'],
    ['root of no digits',   rooted('01 f'),                                    'update.root wants 2 to 8192'                ],
    ['root with a prefix',  rooted('0x12'),                                    'update.root wants 2 to 8192'                ],
    ['root with a NUL',     rooted('01\u0000'),                                'update.root wants 2 to 8192'                ],
    ['root of 4,097 bytes', rooted('00'.repeat(4_097)),                        'update.root wants 2 to 8192'                ],
    ['no root',             rooted(''),                                        'update.root wants 2 to 8192'                ],
    ['text with a NUL',     { ...DEVICE_JSON, serial: 'A\u0000B' },            'serial wants text of 1 to 20 bytes'               ],
    ['update without root', { ...DEVICE_JSON, setup: { ...setup, update: { tenant: 'a' } } }, 'update.root is not there'          ],
  ]
  test.each(faults)('%s', async (_, content, line) => {
    const faulty = newDeviceFolder(content)
    const ended = await run(['--folder', faulty, '--check'])
    expect(ended).toMatchObject({ status: 2, out: [] })
    expect(ended.err).toHaveLength(1)
    expect(ended.err[0]).toContain(`shuaka-device: ${join(faulty, 'device.json')}: ${line}`)
  })

  function rooted(root: string): object {
    return { ...DEVICE_JSON, setup: { ...setup, update: { tenant: 'a', root } } }
  }

  test('a root of 4,096 bytes, in letters of either case → could start', async () => {
    const device = newDeviceFolder(rooted('aB'.repeat(4_096)))
    expect(await run(['--folder', device, '--check'])).toMatchObject({ status: 0, err: [] })
  })

  test('a folder in its place → 6, for that is no file', async () => {
    const odd = mkdtempSync(join(tmpdir(), 'shuaka-device-'))
    mkdirSync(join(odd, 'device.json'))
    const ended = await run(['--folder', odd])
    expect(ended).toMatchObject({ status: 6, out: [] })
    expect(ended.err).toHaveLength(1)
  })
})

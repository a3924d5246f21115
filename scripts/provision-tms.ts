import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { WireError } from '../host-link/wire/message.ts'
import { readEnvelope } from '../host-link/wire/tms/envelope.ts'
import { decodeRoot, ROOT_BYTES_MAX } from '../host-link/wire/tms/root.ts'
import { fromHex } from '../keys/hex.ts'
import { BROKER_URL } from './broker-url.ts'
import { type Faults, objectAt, textAt } from './json-file.ts'

/** 下载服务 of a provisioning file: where it is, who the terminal is there, and whom it trusts. */
export interface ProvisionTms {
  /** mqtt:, mqtts:, ws: or wss:. */
  readonly url: string
  readonly tenant: string
  readonly password: Uint8Array
  /** Root document 1, an envelope. */
  readonly root: Uint8Array
  /** Base address of the second source, without a slash at its end. */
  readonly objects?: string
}

/** Plain HTTP is for trying things out: it never leaves the machine. */
const OBJECTS_URL =
  /^(?:https:\/\/\S+|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?(?:\/\S*)?)(?<!\/)$/
const NAMES = ['url', 'tenant', 'password', 'root', 'objects'] as const

/** `tms` of the provisioning file `file`; undefined where it has none. Throws `FileFault`, which never repeats the password. */
export function tmsAt(value: unknown, file: string, fault: Faults): ProvisionTms | undefined {
  if (value === undefined) return undefined
  const tms = objectAt(value, 'tms', NAMES, fault)
  const password = textAt(tms.password, 'tms.password', /^[ -~]{8,64}$/, '8 to 64 ASCII characters', fault)
  return {
    url: textAt(tms.url, 'tms.url', BROKER_URL, 'an address mqtt://, mqtts://, ws:// or wss://', fault),
    tenant: textAt(tms.tenant, 'tms.tenant', /^[a-z0-9-]{1,16}$/, '1 to 16 of a-z, 0-9 and -', fault),
    password: Uint8Array.from(password, (letter) => letter.charCodeAt(0)),
    root: rootAt(tms.root, file, fault),
    ...(tms.objects !== undefined && {
      objects: textAt(
        tms.objects,
        'tms.objects',
        OBJECTS_URL,
        'an address https:// (http:// on this machine alone) without a slash at its end',
        fault,
      ),
    }),
  }
}

/** Hex, or the path of a file with hex or with the bytes themselves, beside the provisioning file. */
function rootAt(value: unknown, file: string, fault: Faults): Uint8Array {
  const place = 'tms.root'
  const text = textAt(value, place, /^.+$/, 'the root document in hex, or its file', fault)
  const bytes = isHex(text) ? fromHex(text) : rootFile(resolve(dirname(file), text), text, fault)
  try {
    const root = decodeRoot(readEnvelope(bytes, ROOT_BYTES_MAX).payload)
    if (root.seq === 1) return bytes
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw fault(place, `it is no root document: ${error.message}`)
  }
  throw fault(place, 'it is not root document 1, which a terminal begins with')
}

function rootFile(path: string, name: string, fault: Faults): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(readFileSync(path))
  } catch {
    throw fault('tms.root', `${name}: there is no such file`)
  }
  const text = String.fromCharCode(...bytes.subarray(0, 2 * ROOT_BYTES_MAX + 1)).trim()
  return isHex(text) ? fromHex(text) : bytes
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]{2,}$/.test(text)
}

import type { PKCS11, Template } from 'pkcs11js'
import type { Kbpk } from '../key-block/protection-key.ts'
import type { Pkcs11Options } from './station.ts'

/** What the token or its module does not do, as one sentence for a person. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
}

/** A logged-in PKCS#11 token. Its keys are AES of 32 bytes, never come out, and do nothing but CMAC. */
export interface Token {
  /** Of the token. */
  readonly label: string
  /** Path of the module. */
  readonly module: string
  /** The key of that id; nothing where the token has none. */
  kbpk(id: Uint8Array): Kbpk | undefined
  /** Makes a key inside. Throws TokenError. */
  generateAes(id: Uint8Array, label: string): void
  /** Takes a key in; the caller wipes its own. Throws TokenError. */
  importAes(id: Uint8Array, label: string, key: Uint8Array): void
  /** Deletes a key; one that is not there is no error. */
  destroy(id: Uint8Array): void
  close(): void
}

const KEY_BYTES = 32

/**
 * Opens a token through its module and logs in as its user. The package `pkcs11js` is optional: it needs a compiler where
 * there is no binary for the machine. Rejects with TokenError.
 */
export async function openToken({ module, slot, label, pin }: Pkcs11Options): Promise<Token> {
  const { default: pkcs11 } = await packageOrNothing()
  const library = new pkcs11.PKCS11()
  said(`the PKCS#11 module ${module} cannot be loaded`, () => library.load(module))
  try {
    said(`the PKCS#11 module ${module} cannot be used`, () => library.C_Initialize())
    const found = slotOf(library, slot, label)
    const session = said('the PKCS#11 token opens no session', () =>
      library.C_OpenSession(found.handle, pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION),
    )
    // The package takes the PIN as a string only: this one copy of it cannot be wiped.
    said('the PKCS#11 token refuses this PIN', () =>
      library.C_Login(session, pkcs11.CKU_USER, Buffer.from(pin).toString('utf8')),
    )
    return tokenOf({ library, pkcs11, session, label: found.label, module })
  } catch (error) {
    finalize(library)
    throw error
  }
}

type Package = typeof import('pkcs11js')

interface Open {
  readonly library: PKCS11
  readonly pkcs11: Package
  readonly session: Buffer
  readonly label: string
  readonly module: string
}

function tokenOf({ library, pkcs11, session, label, module }: Open): Token {
  const named = (id: Uint8Array): Template => [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
    { type: pkcs11.CKA_ID, value: Buffer.from(id) },
  ]
  /** Of every key here: in the token, seen only after log-in, never shown or wrapped, for CMAC alone. */
  const attributes = (id: Uint8Array, keyLabel: string): Template => [
    ...named(id),
    { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_AES },
    { type: pkcs11.CKA_LABEL, value: keyLabel },
    { type: pkcs11.CKA_TOKEN, value: true },
    { type: pkcs11.CKA_PRIVATE, value: true },
    { type: pkcs11.CKA_SENSITIVE, value: true },
    { type: pkcs11.CKA_EXTRACTABLE, value: false },
    { type: pkcs11.CKA_SIGN, value: true },
    { type: pkcs11.CKA_VERIFY, value: false },
    { type: pkcs11.CKA_ENCRYPT, value: false },
    { type: pkcs11.CKA_DECRYPT, value: false },
    { type: pkcs11.CKA_WRAP, value: false },
    { type: pkcs11.CKA_UNWRAP, value: false },
  ]
  const find = (id: Uint8Array): Buffer | undefined => {
    library.C_FindObjectsInit(session, named(id))
    try {
      return library.C_FindObjects(session, 2)[0]
    } finally {
      library.C_FindObjectsFinal(session)
    }
  }
  return {
    label,
    module,
    kbpk(id) {
      const key = said('the PKCS#11 token cannot be searched', () => find(id))
      if (key === undefined) return undefined
      return {
        algorithm: 'AES',
        bytes: KEY_BYTES,
        cmac: (bytes) =>
          said('the PKCS#11 token makes no CMAC (CKM_AES_CMAC)', () => {
            library.C_SignInit(session, { mechanism: pkcs11.CKM_AES_CMAC }, key)
            const mac = library.C_Sign(session, Buffer.from(bytes), Buffer.alloc(16))
            return Uint8Array.from(mac)
          }),
      }
    },
    generateAes(id, keyLabel) {
      const template = [...attributes(id, keyLabel), { type: pkcs11.CKA_VALUE_LEN, value: KEY_BYTES }]
      said('the PKCS#11 token makes no AES key', () =>
        library.C_GenerateKey(session, { mechanism: pkcs11.CKM_AES_KEY_GEN }, template),
      )
    },
    importAes(id, keyLabel, key) {
      const value = Buffer.from(key)
      try {
        const template = [...attributes(id, keyLabel), { type: pkcs11.CKA_VALUE, value }]
        said('the PKCS#11 token takes no key', () => library.C_CreateObject(session, template))
      } finally {
        value.fill(0)
      }
    },
    destroy(id) {
      const key = find(id)
      if (key) said('the PKCS#11 token deletes no key', () => library.C_DestroyObject(session, key))
    },
    close: () => finalize(library),
  }
}

function slotOf(
  library: PKCS11,
  slot: number | undefined,
  label: string | undefined,
): { readonly handle: Buffer; readonly label: string } {
  const slots = said('the PKCS#11 module lists no slots', () => library.C_GetSlotList(true))
  const tokens = slots.map((handle) => ({
    handle,
    label: library.C_GetTokenInfo(handle).label.replace(/[\0 ]+$/, ''),
  }))
  const found =
    slot === undefined ? tokens.find((token) => label === undefined || token.label === label) : tokens[slot]
  if (found !== undefined) return found
  const wanted =
    slot === undefined ? (label === undefined ? 'any token' : `a token ${label}`) : `a token in slot ${slot}`
  throw new TokenError(
    `the PKCS#11 module has not ${wanted}; it has ${tokens.map((token) => token.label).join(', ') || 'none'}`,
  )
}

async function packageOrNothing(): Promise<{ readonly default: Package }> {
  try {
    return await import('pkcs11js')
  } catch {
    throw new TokenError('the package pkcs11js is not installed: npm install pkcs11js needs a C++ compiler')
  }
}

/** The result, or a TokenError that names the error of the module (CKR_…) and nothing that was handed to it. */
function said<Result>(sentence: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    const code = error instanceof Error ? /CKR_[A-Z_]+/.exec(error.message)?.[0] : undefined
    throw new TokenError(code === undefined ? sentence : `${sentence} (${code})`)
  }
}

function finalize(library: PKCS11): void {
  try {
    library.C_Finalize()
  } catch {
    // it was not initialised
  }
  try {
    library.close()
  } catch {
    // it was not loaded
  }
}

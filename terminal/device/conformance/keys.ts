import type { MacAlgorithm, SignOnKind } from '../secure.ts'

/**
 * Test keys: known to everybody, never for a device in use. The blocks were made with the key 0123…3210 and are
 * checked against a second implementation in `test/terminal/device/conformance/keys.test.ts`.
 */
export const TEST_SLOT = 1
export const EMPTY_SLOT = 9
export const TEST_MASTER_KEY = '0123456789ABCDEFFEDCBA9876543210'
export const TEST_MASTER_CHECK_VALUE = '08D7B4'

// biome-ignore format: one row a block
export const keyBlocks: { readonly [K in SignOnKind]: string } = {
  '001': '5E7B93CC18947DEBBFADEE6873852F4C7C5229C8D5B91576',
  '003': 'F2D435CF577CE14487301D8E2D5D689722AF36B8D63D3C54A8E535D80C3E9C61576E40650ADBE429',
  '004': '8D405909063B887E589C8A7D81A2FE7D55D4D7EC8B27D387E919441E210B09B5158EECFC16CB8D29F3234558F4EECB5231BCD2FDB8DA91705F4D8C8E',
}

/** Check values of the three working keys in each block; `001` and `003` have no track key. */
// biome-ignore format: one row a block
export const checkValues: {
  readonly [K in SignOnKind]: { readonly pinKey: string; readonly macKey: string; readonly trackKey?: string }
} = {
  '001': { pinKey: 'BFADEE', macKey: 'D5B915' },
  '003': { pinKey: '22AF36', macKey: '0ADBE4' },
  '004': { pinKey: '55D4D7', macKey: '16CB8D', trackKey: '5F4D8C' },
}

/** MACs of `pattern(40)` under the MAK of a block. */
// biome-ignore format: one row a MAC
export const macs: readonly { readonly kind: SignOnKind; readonly algorithm: MacAlgorithm; readonly mac: string }[] = [
  { kind: '004', algorithm: 'cup-ecb', mac: '4336413343353542' },
  { kind: '004', algorithm: 'x9.19',   mac: '1CC4EDE21E0954A4' },
  { kind: '004', algorithm: 'cbc-mac', mac: '59B3F143D92A628D' },
  { kind: '004', algorithm: 'cmac',    mac: '12D16EE9D09BF47E' },
  { kind: '003', algorithm: 'x9.19',   mac: '711052C074C7D31B' },
  { kind: '001', algorithm: 'x9.9',    mac: '57128E9BF9A2F6DF' },
  { kind: '001', algorithm: 'cup-ecb', mac: '4430413944373334' },
]

export const TEST_PAN = '6222600001234567890'
/** PIN blocks for that PAN under the PIK of block `004`. */
export const pinBlocks = [
  { pin: '1234', block: 'EBF8B92FB6A980CF' },
  { pin: '123456', block: '946D9478FBD94A00' },
  { pin: '123456789012', block: 'E1F3FC456B7A192B' },
] as const

export const TEST_TRACK = '6222600001234567890D30122010000000000'
/** It under the TDK of block `004`. */
export const ENCRYPTED_TRACK = '6222600001234567890D8DBAA47BAAA823320'

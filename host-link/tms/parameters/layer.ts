import { LAYER_KINDS, type LayerContent, type LayerKind, type LayerName } from '../api-parameters.ts'
import type { Asset } from '../model.ts'

/** What is known of a terminal where layers are put together. */
export type TerminalFacts = Asset & { readonly serial: string }

/** A published version of a layer 参数层. `effective`: Unix seconds from which it counts. */
export interface Layer {
  readonly layer: LayerName
  readonly version: number
  readonly content: LayerContent
  readonly effective: number
}

export const NO_CONTENT: LayerContent = { values: {}, locks: [], variables: {} }

/** 层名, as people read it. */
// biome-ignore format: one row a kind
export const layerWords: { readonly [K in LayerKind]: { readonly zh: string; readonly en: string } } = {
  product:  { zh: '产品', en: 'product'  },
  model:    { zh: '型号', en: 'model'    },
  acquirer: { zh: '收单', en: 'acquirer' },
  merchant: { zh: '商户', en: 'merchant' },
  store:    { zh: '门店', en: 'store'    },
  terminal: { zh: '终端', en: 'terminal' },
}

/** Where a layer stands: 0 the widest, 5 one terminal. */
export function rankOf({ kind }: LayerName): number {
  return LAYER_KINDS.indexOf(kind)
}

/** `product`, `model:aurora`, `store:898…/0001`: the one text of a layer's name. */
export function layerText({ kind, name }: LayerName): string {
  return kind === 'product' ? kind : `${kind}:${name}`
}

const NAME_MAX = 64
/** One part of a name: no control character, and no `/`, which stands between merchant and store. */
const PART = '[^\\s/\\p{Cc}](?:[^/\\p{Cc}]*[^\\s/\\p{Cc}])?'
const ONE = new RegExp(`^${PART}$`, 'u')
const TWO = new RegExp(`^${PART}/${PART}$`, 'u')

/** The layer of these words; undefined for a kind that is none, a name that is empty or has what no name has. */
export function asLayer(kind: string, name: string): LayerName | undefined {
  const found = LAYER_KINDS.find((one) => one === kind)
  if (found === undefined) return undefined
  if (found === 'product') return name === '' ? { kind: found, name } : undefined
  const wanted = found === 'store' ? TWO : ONE
  return name.length <= NAME_MAX && wanted.test(name) ? { kind: found, name } : undefined
}

/** Of `layerText`; undefined for a text that names none. */
export function layerOfText(text: string): LayerName | undefined {
  const [kind = '', ...rest] = text.split(':')
  return asLayer(kind, rest.join(':'))
}

/** The layers of a terminal, the widest first; one that its data do not name is left out. */
export function layersOf(terminal: TerminalFacts): readonly LayerName[] {
  const { model, acquirer, merchant, store, serial } = terminal
  const names: { readonly [K in LayerKind]: string } = {
    product: '',
    model,
    acquirer,
    merchant,
    store: merchant === '' || store === '' ? '' : `${merchant}/${store}`,
    terminal: serial,
  }
  return LAYER_KINDS.flatMap((kind) =>
    kind === 'product' || names[kind] !== '' ? [{ kind, name: names[kind] }] : [],
  )
}

/** Whether a layer is one of a terminal's. */
export function isOfLayer(terminal: TerminalFacts, layer: LayerName): boolean {
  return layersOf(terminal).some((one) => layerText(one) === layerText(layer))
}

/** The filter (`filter.ts`) that finds the terminals of a layer; '' is all of them. */
export function layerFilter({ kind, name }: LayerName): string {
  const [merchant = '', store = ''] = name.split('/').map(quoted)
  switch (kind) {
    case 'product':
      return ''
    case 'store':
      return `merchant = ${merchant} and store = ${store}`
    case 'terminal':
      return `serial = ${quoted(name)}`
    default:
      return `${kind} = ${quoted(name)}`
  }
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

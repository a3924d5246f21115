import { describe, expect, it } from 'vitest'
import type { LayerContent, LayerKind } from '../../../../host-link/tms/api-parameters.ts'
import { MASKED } from '../../../../host-link/tms/api-parameters.ts'
import { parseFilter } from '../../../../host-link/tms/filter.ts'
import { checkLayer } from '../../../../host-link/tms/parameters/check.ts'
import { diffOf } from '../../../../host-link/tms/parameters/diff.ts'
import { effectiveOf } from '../../../../host-link/tms/parameters/effective.ts'
import { explain } from '../../../../host-link/tms/parameters/explain.ts'
import {
  asLayer,
  isOfLayer,
  type Layer,
  layerFilter,
  layerOfText,
  layersOf,
  layerText,
  type TerminalFacts,
} from '../../../../host-link/tms/parameters/layer.ts'
import { maskedContent, unmaskedContent } from '../../../../host-link/tms/parameters/mask.ts'

const terminal: TerminalFacts = {
  ...{
    serial: 'T001',
    maker: 'shuaka',
    model: 'A8',
    acquirer: 'bank',
    merchant: '8981',
    merchantName: '老王面馆',
  },
  ...{
    store: '0001',
    terminalId: '10000001',
    account: '',
    address: '上海',
    zoneMinutes: 480,
    labels: [],
    note: '',
  },
}
const names: { readonly [K in LayerKind]: string } = {
  ...{ product: '', model: 'A8', acquirer: 'bank', merchant: '8981', store: '8981/0001', terminal: 'T001' },
}
const content = (values: LayerContent['values'], more: Partial<LayerContent> = {}): LayerContent => ({
  ...{ values, locks: [], variables: {} },
  ...more,
})
const layer = (kind: LayerKind, given: LayerContent, effective = 0): Layer => ({
  ...{ layer: { kind, name: names[kind] }, version: 1, effective, content: given },
})
const valueAt = (key: string, layers: readonly Layer[]) =>
  effectiveOf(terminal, layers, 100).keys.find(({ merged }) => merged.key === key)?.value

describe('the layers of a terminal', () => {
  it('full data → six layers, the widest first; missing data → those are left out', () => {
    expect(layersOf(terminal).map(layerText)).toEqual([
      ...['product', 'model:A8', 'acquirer:bank', 'merchant:8981', 'store:8981/0001', 'terminal:T001'],
    ])
    expect(layersOf({ ...terminal, acquirer: '', merchant: '' }).map(layerText)).toEqual([
      'product',
      'model:A8',
      'terminal:T001',
    ])
  })

  it('names → one text each, back and forth, and a filter that is one', () => {
    for (const one of layersOf(terminal)) {
      expect(layerOfText(layerText(one))).toEqual(one)
      expect(isOfLayer(terminal, one)).toBe(true)
      expect(() => parseFilter(layerFilter(one))).not.toThrow()
    }
    expect(asLayer('acquirer', '中国 银行')).toEqual({ kind: 'acquirer', name: '中国 银行' })
    for (const [kind, name] of [
      ['product', 'x'],
      ['model', ''],
      ['store', '8981'],
      ['store', 'a/b/c'],
      ['model', 'a/b'],
      ['merchant', ' a'],
      ['owner', 'x'],
      ['model', 'a\nb'],
    ])
      expect(asLayer(kind ?? '', name ?? ''), `${kind}:${name}`).toBeUndefined()
  })
})

describe('variables 变量', () => {
  it('#{mid} and the like → the data of the terminal', () => {
    expect(
      valueAt('merchantName', [layer('product', content({ merchantName: '#{merchantName} #{store}' }))]),
    ).toBe('老王面馆 0001')
  })

  it('a number, a flag and a choice by a variable → of their type', () => {
    const variables = {
      a: { kind: 'text' as const, value: '30' },
      b: { kind: 'text' as const, value: 'false' },
      c: { kind: 'text' as const, value: 'en' },
    }
    const product = layer(
      'product',
      content({ noticeSeconds: '#{a}', autoSignOn: '#{b}', locale: '#{c}' }, { variables }),
    )
    expect(valueAt('noticeSeconds', [product])).toBe(30)
    expect(valueAt('autoSignOn', [product])).toBe(false)
    expect(valueAt('locale', [product])).toBe('en')
  })

  it('a variable whose value has a variable in it → put in as it is, once', () => {
    const variables = { a: { kind: 'text' as const, value: '#{sn}' } }
    expect(
      valueAt('merchantName', [layer('product', content({ merchantName: '#{a}' }, { variables }))]),
    ).toBe('#{sn}')
  })

  it('a variable without a value here → a finding that names layer, key and terminal, and no value', () => {
    const { findings, keys } = effectiveOf(
      { ...terminal, terminalId: '' },
      [layer('product', content({ merchantName: '#{tid}' }))],
      1,
    )
    expect(keys).toEqual([])
    expect(findings[0]).toMatchObject({
      problem: 'variable',
      key: 'merchantName',
      layer: { kind: 'product' },
    })
    expect(findings[0]?.en).toBe('layer product: merchantName the variable has no value: #{tid}, T001')
  })

  it('what a variable makes of a value that the table refuses → a finding', () => {
    const variables = { a: { kind: 'text' as const, value: '61' } }
    const { findings } = effectiveOf(
      terminal,
      [layer('store', content({ noticeSeconds: '#{a}' }, { variables }))],
      1,
    )
    expect(findings[0]?.en).toBe('layer store:8981/0001: noticeSeconds must be a whole number from 1 to 60')
  })
})

describe('passwords 密码变量', () => {
  const secret = { pin: { kind: 'password' as const, value: 'hunter22' } }
  const product = layer('product', content({ merchantName: 'x #{pin}' }, { variables: secret }))

  it('masked in content, comparison and origin; put into the document as they are', () => {
    const effective = effectiveOf(terminal, [product, layer('store', content({ merchantName: 'y' }))], 1)
    const shown = JSON.stringify([
      maskedContent(product.content),
      diffOf(content({}), product.content),
      explain(effective, undefined),
      explain(effectiveOf(terminal, [product], 1), undefined),
    ])
    expect(shown).not.toContain('hunter22')
    expect(shown).toContain(MASKED)
    expect(valueAt('merchantName', [product])).toBe('x hunter22')
  })

  it('the mask handed back → what is stored stays; another value → it changes, and that alone is told', () => {
    const back = maskedContent(product.content)
    expect(unmaskedContent(back, [undefined, product.content])).toEqual(product.content)
    const fresh = { ...back, variables: { pin: { kind: 'password' as const, value: 'new one' } } }
    expect(unmaskedContent(fresh, [product.content]).variables.pin?.value).toBe('new one')
    expect(diffOf(product.content, fresh)).toEqual([
      { key: '#{pin}', kind: 'changed', before: MASKED, after: MASKED },
    ])
  })

  it('the mask where nothing is stored → no value, and not the mask', () => {
    expect(unmaskedContent(maskedContent(product.content), []).variables.pin?.value).toBe('')
  })
})

describe('a layer is judged 校验', () => {
  const judged = (kind: LayerKind, given: LayerContent, above: readonly Layer[] = []) =>
    checkLayer({ kind, name: names[kind] }, given, above, new Set(['known'])).map(
      ({ problem, key }) => `${problem} ${key}`,
    )

  it.each([
    ['an unknown key', content({ nonsense: 1 }), 'unknown nonsense'],
    ['a flag that is a number', content({ autoSignOn: 1 }), 'value autoSignOn'],
    ['a number below its range', content({ noticeSeconds: 0 }), 'value noticeSeconds'],
    ['a number above its range', content({ noticeSeconds: 61 }), 'value noticeSeconds'],
    ['a fraction', content({ noticeSeconds: 1.5 }), 'value noticeSeconds'],
    ['a choice that is none', content({ locale: 'fr' }), 'value locale'],
    ['a text that is too long', content({ merchantName: 'x'.repeat(41) }), 'value merchantName'],
    ['a lock without a value', content({}, { locks: ['locale'] }), 'lockWithoutValue locale'],
    ['a variable that nobody gives', content({ merchantName: '#{city}' }), 'variable merchantName'],
    [
      'a variable with a wrong name',
      content({}, { variables: { '1a': { kind: 'text', value: '' } } }),
      'name #{1a}',
    ],
    [
      'a variable that is built in',
      content({}, { variables: { tid: { kind: 'text', value: '' } } }),
      'name #{tid}',
    ],
    [
      'a variable that is too long',
      content({}, { variables: { a: { kind: 'text', value: 'x'.repeat(201) } } }),
      'size #{a}',
    ],
  ])('%s → refused, naming layer and key', (_, given, wanted) => {
    expect(judged('merchant', given)).toEqual([wanted])
  })

  it('right values, known and built-in variables → nothing', () => {
    expect(
      judged('merchant', content({ locale: 'en', merchantName: '#{known} #{tid}' }, { locks: ['locale'] })),
    ).toEqual([])
  })

  it('a key that a layer above has locked → refused, also with the same value; one that a layer below locks is not', () => {
    const lock = content({ locale: 'zh' }, { locks: ['locale'] })
    expect(judged('merchant', content({ locale: 'zh' }), [layer('acquirer', lock)])).toEqual([
      'locked locale',
    ])
    expect(judged('merchant', content({ locale: 'en' }), [layer('product', lock)])).toEqual(['locked locale'])
    expect(judged('merchant', content({ locale: 'en' }), [layer('store', lock)])).toEqual([])
    expect(judged('merchant', content({ locale: 'en' }), [layer('merchant', lock)])).toEqual([])
  })
})

describe('origin 来源 of a key', () => {
  it('an older value below a lock → does not count, is told as locked, and is flagged', () => {
    const layers = [
      layer('product', content({ locale: 'zh' }, { locks: ['locale'] })),
      layer('store', content({ locale: 'en' })),
    ]
    const effective = effectiveOf(terminal, layers, 1)
    const row = explain(effective, { current: true, drift: [] }).find(({ key }) => key === 'locale')
    expect(row).toMatchObject({
      ...{ value: 'zh', layer: { kind: 'product' }, lockedBy: { kind: 'product' }, reported: 'same' },
      overrides: [{ layer: { kind: 'store' }, value: 'en', locked: true }],
    })
    expect(effective.flags.map(({ en }) => en)).toEqual([
      'layer store:8981/0001: locale does not count, the layer product locked it',
    ])
  })

  it('nobody gives it → the default of the table, of no layer', () => {
    const row = explain(effectiveOf(terminal, [], 1), undefined).find(({ key }) => key === 'noticeSeconds')
    expect(row).toMatchObject({ value: 5, reported: 'unknown', overrides: [] })
    expect(row?.layer).toBeUndefined()
  })

  it('changed at the terminal → drift; the set not taken yet → waiting', () => {
    const effective = effectiveOf(terminal, [], 1)
    const said = (current: boolean, drift: readonly string[]) =>
      explain(effective, { current, drift }).find(({ key }) => key === 'locale')?.reported
    expect(said(true, ['locale'])).toBe('drift')
    expect(said(false, [])).toBe('waiting')
  })
})

describe('comparison 比较', () => {
  it('values and locks that differ → one row each, by key', () => {
    const before = content({ locale: 'zh', noticeSeconds: 5 }, { locks: ['locale'] })
    const after = content({ locale: 'en', autoSignOn: false }, { locks: [] })
    expect(diffOf(before, after)).toEqual([
      { key: 'autoSignOn', kind: 'added', after: false },
      { key: 'locale', kind: 'changed', before: 'zh', after: 'en' },
      { key: 'noticeSeconds', kind: 'removed', before: 5 },
      { key: 'locale', kind: 'unlocked' },
    ])
    expect(diffOf(before, before)).toEqual([])
  })
})

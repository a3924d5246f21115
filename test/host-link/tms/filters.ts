import fc from 'fast-check'
import { type Filter, type FilterField, filterFields } from '../../../host-link/tms/filter.ts'

/** Filters of every kind of field. */
export function filters(): fc.Arbitrary<Filter> {
  const names = Object.keys(filterFields) as FilterField[]
  const of = (...types: readonly string[]) =>
    fc.constantFrom(...names.filter((name) => types.includes(filterFields[name].type)))
  const word = fc.constantFrom('A8', 'A9', '1.2', 'a "b" \\c', 'and', '商户', 'S1', '')
  const tests: fc.Arbitrary<Filter>[] = [
    fc.record({
      kind: fc.constant('test' as const),
      field: of('text'),
      operator: fc.constantFrom('=', '!='),
      value: word,
    }),
    fc.record({
      kind: fc.constant('test' as const),
      field: of('text'),
      operator: fc.constant('~' as const),
      value: word.filter((text) => text !== ''),
    }),
    fc.record({
      kind: fc.constant('test' as const),
      field: of('number', 'hours'),
      operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
      value: fc.integer({ min: -5, max: 50 }),
    }),
    fc.record({
      kind: fc.constant('test' as const),
      field: of('yesNo'),
      operator: fc.constantFrom('=', '!='),
      value: fc.constantFrom(0, 1),
    }),
    fc.record({
      kind: fc.constant('test' as const),
      field: of('label'),
      operator: fc.constantFrom('=', '!='),
      value: fc.constantFrom('pilot', 'north', 'internal'),
    }),
  ]
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      ...tests,
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        parts: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), part: tie('filter') }),
    ),
  })).filter
}

/** Values of the parameters that are a choice (`table.ts`), as the administrator reads them: 中文 and English. */
// biome-ignore format: one row a value
export const choiceWords: { readonly [value: string]: readonly [zh: string, en: string] } = {
  zh:        ['中文',       'Chinese'  ],
  en:        ['English',    'English'  ],
  automatic: ['自动',       'automatic'],
  ask:       ['询问',       'ask'      ],
  accept:    ['接受',       'accept'   ],
  refuse:    ['拒绝',       'refuse'   ],
  none:      ['不用卡',     'no card'  ],
  card:      ['用卡',       'card'     ],
  pin:       ['用卡并输密', 'card, PIN'],
  1:         ['1 联',       '1 copy'   ],
  2:         ['2 联',       '2 copies' ],
}

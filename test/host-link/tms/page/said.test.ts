import { describe, expect, test } from 'vitest'
import {
  detailName,
  linesOf,
  subjectOf,
  subjectText,
  valueText,
} from '../../../../host-link/tms/page/part/audit-words.ts'
import { eventText, factText } from '../../../../host-link/tms/page/part/terminal-words.ts'
import { type Locale, sayIn } from '../../../../host-link/tms/page/words.ts'
import { reportLine } from '../../../../host-link/tms/report.ts'
import { inBoth } from '../../../../host-link/tms/said.ts'

const ui = (locale: Locale) => ({
  say: sayIn(locale),
  pick: (both: { readonly zh: string; readonly en: string }) => both[locale],
  said: (text: string) => inBoth(text)[locale],
})
const [zh, en] = [ui('zh'), ui('en')]
const facts = { version: '1.0.0', place: 'factory', trial: false, download: 'empty', percent: 0, code: 0 }
const line = (change: object) => reportLine({ ...facts, ...change } as Parameters<typeof reportLine>[0])

describe('what a terminal said, in words', () => {
  test.each([
    [{}, '1.0.0 出厂 · 无', '1.0.0 factory · none'],
    [
      { place: 'a', download: 'receiving', percent: 40 },
      '1.0.0 槽 A · 下载中 40 %',
      '1.0.0 slot A · downloading 40 %',
    ],
    [
      { place: 'b', trial: true, download: 'trial', code: 0 },
      '1.0.0 槽 B 试运行中 · 试运行',
      '1.0.0 slot B on trial · on trial',
    ],
    [
      { download: 'failed', code: 5 },
      '1.0.0 出厂 · 失败 · 5 安全计数过低',
      '1.0.0 factory · failed · 5 security counter too low',
    ],
  ])('a report %j', (change, chinese, english) => {
    expect([eventText(zh, line(change)), eventText(en, line(change))]).toEqual([chinese, english])
  })

  test('another event, and a figure that is only a number → as they stand', () => {
    expect(eventText(zh, 'something else')).toBe('something else')
    expect(['paper', 'quality', 'starts'].map((name) => factText(zh, name, '2'))).toEqual([
      '缺纸',
      '中（2/4）',
      '2',
    ])
    expect([factText(zh, 'security', 'plain'), factText(en, 'security', 'TLS 1.3')]).toEqual([
      '不加密',
      'TLS 1.3',
    ])
  })
})

describe('the audit in words', () => {
  test('subjects, names and values → in the language of the page', () => {
    expect([
      subjectText(zh, 'terminal SN1'),
      subjectText(en, 'deployment 3'),
      subjectText(zh, 'log-in'),
    ]).toEqual([...['终端 SN1', 'deployment 3', '登录']])
    expect([subjectText(zh, 'layer store:898/0001'), subjectText(zh, 'layer product')]).toEqual([
      ...['参数层 门店 898/0001', '参数层 产品'],
    ])
    expect(['终端 SN1', 'terminal SN1', '登录', '下发'].map((typed) => subjectOf(zh, typed))).toEqual([
      ...['terminal SN1', 'terminal SN1', 'log-in', 'deployment'],
    ])
    expect([detailName(zh, 'reason'), detailName(zh, 'unknown')]).toEqual(['原因', 'unknown'])
    expect([
      valueText(zh, 'role', 'approver'),
      valueText(zh, 'enabled', 'false'),
      valueText(zh, 'note', 'role'),
    ]).toEqual(['复核员', '否', 'role'])
    expect(valueText(zh, 'name', 'parameters of SN1')).toBe('终端 SN1 的参数')
    expect(['ids', 'director', 'hash', 'parameters'].map((name) => detailName(zh, name))).toEqual([
      ...['命令编号', '认本服务指令密钥', '摘要', '认本服务参数密钥'],
    ])
    expect(valueText(zh, 'expires', '1800000000')).toMatch(/^2027-01-1\d \d\d:\d\d$/)
    expect([valueText(zh, 'deadline', '0'), valueText(zh, 'kind', 'locked')]).toEqual(['无', '上锁'])
  })

  test('JSON of a plan or of changes → one line a value; what is none → nothing', () => {
    expect(linesOf(zh, '{"name":"全国","gate":{"sample":20},"waves":[10,50],"dynamic":false}')).toEqual([
      ...['名称  全国', '放行 · 起算台数  20', '波次  10, 50', '后来者也下发  否'],
    ])
    expect(linesOf(en, '{"store":["0001","0002"]}')).toEqual(['store  0001 → 0002'])
    expect(linesOf(zh, '[{"key":"locale","after":"en"}]')).toEqual(['1 · 参数  locale', '1 · 改为  en'])
    expect(linesOf(zh, '{broken')).toBeUndefined()
  })
})

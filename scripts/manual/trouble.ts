import { type Chapter, screens, show } from './chapter.ts'

/** 掉电, 断线, 缺纸. */
export const outages: Chapter = {
  title: '掉电、断线、缺纸',
  intro:
    '一条规矩管三件事：**钱有没有收到，只看屏幕和签购单，不要猜，不要凭记忆再收一次**。终端把每一笔都先写进存储再发出去，断电断网都丢不了；没有结论的交易，它会自己去冲正或核实。',
  topics: [
    {
      title: '交易中断线',
      what: '应答没有收到，主机可能扣了款，也可能没有。终端自动冲正：恢复网络后，主机把这笔撤掉。',
      who: '收银员',
      care: [
        '“或已扣款,勿再收”：请顾客稍等，看待机画面的“待冲正”是否消失。',
        '“已冲正,未扣款”或“待冲正”消失后，可以再收一次；同一张卡、同一金额，终端会再问一句。',
        '等不及要换付款方式的顾客，请记下卡号后四位和电话，并告诉他：若有扣款会自动退回。',
      ],
      shows: [screens('link-cut-reversal', 0), screens('link-cut-reversal', 1, '冲正以后再收一次')],
    },
    {
      title: '交易中断电',
      what: '来电后终端自己把没有结论的交易冲正，再回到待机画面。',
      who: '收银员',
      care: ['来电后先看屏幕说什么，再决定是否重新收款。'],
      shows: [screens('power-cut', 0)],
    },
    {
      title: '打印时断电',
      what: '钱已经收到，签购单没打完。来电后终端会问要不要打印，打出的印“重打印 DUPLICATE”。',
      who: '收银员',
      care: ['不要再收一次款。'],
      shows: [show('power-cut', 1)],
    },
    {
      title: '缺纸',
      what: '交易照样有效，签购单等有纸了再打。',
      who: '收银员',
      care: ['装纸后按确认键继续打印；按取消键先不打，以后在打印菜单重打。'],
      shows: [screens('paper-out', 0)],
    },
  ],
}

/** 出错了怎么办: the scenes; the lists of messages and codes stand behind them. */
export const mistakes: Chapter = {
  title: '出错了怎么办',
  topics: [
    {
      title: '常见的几种错',
      what: '下面这些情况都没有动钱，按确认键回到待机画面重来即可。',
      who: '收银员',
      care: [],
      shows: [
        screens('wrong-things', 0, '主管密码输错'),
        screens('wrong-things', 1, '撤销时凭证号不对'),
        screens('wrong-things', 2, '没有这家门店'),
        screens('wrong-things', 3, '金额为零；卡已过期'),
        screens('wrong-things', 4, '余额不足'),
        screens('wrong-things', 5, '挂失卡'),
      ],
    },
  ],
}

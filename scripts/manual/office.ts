import { type Chapter, screens, show } from './chapter.ts'

const supervisor = '主管（密码 6 位）'

/** 打印与查询, 结算, 管理. */
export const office: readonly Chapter[] = [
  {
    title: '打印与查询',
    topics: [
      {
        title: '重打签购单',
        what: '重打最后一笔，或按凭证号重打本批次任意一笔。重打的签购单印“重打印 DUPLICATE”。',
        who: '收银员',
        care: ['重打印的签购单不能当作又一笔收款的凭据。'],
        shows: [
          show('reprint', 2, '最后一笔'),
          screens('print-menu', 4, '任意一笔'),
          screens('print-menu', 3, '没有这个凭证号'),
        ],
      },
      {
        title: '交易明细、交易汇总',
        what: '明细每笔一行（凭证号、类型、卡号后四位、金额）；汇总按类型列笔数和金额。随时可打，不影响结算。',
        who: '收银员',
        care: ['只有成功的交易。'],
        shows: [show('print-menu', 5, '交易明细'), show('print-menu', 6, '交易汇总')],
      },
      {
        title: '查询交易',
        what: '按凭证号、卡号后四位或金额查本批次的交易。上下键换一笔，确认键看明细。',
        who: '收银员',
        care: ['状态是“待处理”“待核实”的交易还没有结论，不要重复收款。'],
        shows: [
          screens('query', 2, '按凭证号'),
          screens('query', 3, '按卡号后四位'),
          screens('query', 4, '按金额'),
        ],
      },
      {
        title: '服务信息',
        what: '收单机构发来的通知。待机画面说“有新服务信息”时来看；* 号是还没有看过的。',
        who: '收银员',
        care: ['按确认键打印，按取消键返回。'],
        shows: [show('service-info', 1)],
      },
    ],
  },
  {
    title: '结算',
    intro: '每天打烊前做一次。结算与主机对账，对账平后换新的批次号；以前的交易从此不能撤销，只能退货。',
    topics: [
      {
        title: '结算',
        what: '核对屏幕上的借记、贷记笔数和金额，按确认键。终端先送完待冲正、待上送的交易，再对账、打印结算总计单。',
        who: '收银员；收单机构可以要求主管输入密码',
        care: [
          '“对账平”：收好总计单。“对账不平”：终端会自动把每一笔交易上送给主机，由主机查明；总计单照样收好，交给主管。',
          '结算中途断网或断电都不要紧：终端会自己接着做完。做完之前不能做别的交易，待机画面显示“结算未完成”。',
          '屏幕说“交易将满,请结算”，当天就结算；“交易已满”时必须先结算。',
        ],
        shows: [show('settlement', 1)],
      },
      {
        title: '重打上次结算',
        what: '总计单没打完或丢失时重打。',
        who: '收银员',
        care: [],
        shows: [screens('print-menu', 8)],
      },
    ],
  },
  {
    title: '管理',
    intro:
      '三种人：柜员 01–98（密码 4 位，初始 0000）、主管 00（6 位，初始 123456）、系统管理员 99（8 位，初始 12345678）。初始密码都要尽快改掉。',
    topics: [
      {
        title: '修改自己的密码',
        what: '原密码一次，新密码两次。',
        who: '登录的本人',
        care: ['忘记密码请主管重置。'],
        shows: [screens('password', 0), screens('password', 2, '两次不一致：没有改')],
      },
      {
        title: '增加、删除柜员，重置密码',
        what: '新柜员初始密码 0000；忘记密码的重置为 0000；离职的删除。正在登录的柜员不能删除。',
        who: supervisor,
        care: ['柜员号不要转给别人用：报表里的名字跟着号走。'],
        shows: [
          screens('cashiers', 0, '增加'),
          screens('cashiers', 1, '列表'),
          screens('cashiers', 5, '重置密码'),
          screens('cashiers', 6, '删除'),
          screens('cashiers', 3, '正在登录，不能删除'),
        ],
      },
      {
        title: '锁定与解锁',
        what: '离开收银台时锁定。断电也不会解锁。',
        who: '锁定的柜员本人，或主管、系统管理员解锁',
        care: ['锁定前先收好现金和签购单。'],
        shows: [screens('lock', 0)],
      },
      {
        title: '签退',
        what: '告诉主机今天不再交易。下一笔交易会自动再签到。',
        who: '收银员',
        care: ['签退不是结算。先结算，再签退。'],
        shows: [screens('management', 4)],
      },
      {
        title: '冲正',
        what: '待冲正的交易终端会自动处理；想马上处理时用这一项。',
        who: '收银员',
        care: ['“待冲正”没有消失以前，不要对那位顾客重复收款。'],
        shows: [screens('management', 1)],
      },
      {
        title: '回响测试',
        what: '看看主机通不通、多快。',
        who: '收银员',
        care: ['不动钱。'],
        shows: [screens('echo', 0), screens('echo', 1, '网线没插好')],
      },
      {
        title: '参数下载',
        what: '收单机构改了你的功能或限额后，请你下载。下载后终端自动重新启动。',
        who: '收银员，按收单机构的通知',
        care: ['有的参数要求先结算。有一项不对，全部不采用，照旧营业。'],
        shows: [screens('download', 1)],
      },
      {
        title: '参数设置',
        what: '按序号查看参数，改可以改的几项。例中把签购单改为只打一联。',
        who: '系统管理员 99（密码 8 位）',
        care: ['“限收单机构更改”的，请联系收单机构。改完终端自动重新启动。'],
        shows: [screens('settings', 0)],
      },
      {
        title: '状态上送',
        what: '把终端的状态送给收单机构。',
        who: '收银员，按客服的要求',
        care: [],
        shows: [screens('status-upload', 0)],
      },
      {
        title: '巡检',
        what: '工程师上门时用：输入工程师编号，逐项回答，结果送主机。正常按确认键，不正常按清除键或取消键。',
        who: '收单机构的工程师',
        care: ['请核对工程师的证件。最后一项看有没有多余的接线：没有，按确认键。'],
        shows: [screens('inspection', 0)],
      },
      {
        title: '机具自检',
        what: '逐项检查显示、按键、读卡、打印。',
        who: '收银员',
        care: ['按键测试时连按两次取消键可以放弃。刷的卡不会扣款。'],
        shows: [screens('self-test', 0)],
      },
      {
        title: '密钥校验',
        what: '列出每个密钥槽里密钥的校验值，与注入站打印的标签核对。校验值不是密钥。',
        who: supervisor,
        care: ['没有主密钥（未注入密钥）或机壳被打开过的终端不能收款。'],
        shows: [screens('keys', 0)],
      },
      {
        title: '密钥注入',
        what: '把终端接到注入站。两个人各输入自己的密码（7 至 12 位，第一次由本人设置，输两次），终端与注入站互相验明身份后装入新密钥，屏幕显示密钥槽和校验值。原密钥同时作废，下一笔交易前自动签到。',
        who: `${supervisor}，和持有两个注入密码的两个人`,
        care: [
          '两个密码由两个人分别保管，不能相同，不能告诉对方。连续五次输错，锁定 15 分钟。',
          '60 秒没有按键自动退出。中途断电、拔线都不要紧：不是旧密钥就是新密钥，再做一次即可。',
        ],
        shows: [screens('keys', 1)],
      },
      {
        title: '远程密钥下载',
        what: '收单机构安排换密钥时，从主机取新的主密钥。例中网线没有插好。',
        who: `${supervisor}，按收单机构的通知`,
        care: ['没有换成功时原密钥照常使用。待冲正的交易换密钥后仍会自动处理。'],
        shows: [screens('keys', 2)],
      },
      {
        title: '语言',
        what: '中文、英文切换，断电后仍保持。',
        who: '收银员',
        care: ['误切到英文时：4 → 6 切回来。'],
        shows: [screens('language', 0)],
      },
      {
        title: '版本',
        what: '客服问起时，念屏幕上的版本、终端号和批次号。',
        who: '收银员',
        care: [],
        shows: [screens('management', 3)],
      },
    ],
  },
]

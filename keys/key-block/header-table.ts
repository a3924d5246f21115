/** What the letters of a key block's header mean (ANSI X9.143, tables of attributes), and which go together. */

/** One usage: a row of the table. */
export interface UsageRow {
  readonly zh: string
  readonly en: string
  /** Algorithm letters that such a key may have. */
  readonly algorithms: string
  /** Mode letters that such a key may have. */
  readonly modes: string
}

interface Named {
  readonly zh: string
  readonly en: string
}

/**
 * Algorithm of an SM4 key. X9.143 has no letter for SM4 and leaves the digits to private agreement: this digit is
 * ours, and no interface to others takes it.
 */
export const SM4_ALGORITHM = '4'

// Modes that go with a kind of key.
const CIPHER = 'BDEN'
const CHECK = 'CGVN'
const DERIVE = 'XN'

/** A map, so that a word like `constructor` is in no table. */
function table<Row>(rows: { readonly [key: string]: Row }): ReadonlyMap<string, Row> {
  return new Map(Object.entries(rows))
}

const usage = (zh: string, en: string, algorithms: string, modes: string): UsageRow => ({
  zh,
  en,
  algorithms,
  modes,
})

// biome-ignore format: one row a usage, in the order of the standard
export const usages = table<UsageRow>({
  //         中文                           English                                     algorithms  modes
  B0: usage('基础派生密钥',                  'base derivation key',                      'TA',       DERIVE),
  B1: usage('DUKPT 初始密钥',                'DUKPT initial key',                        'TA',       DERIVE),
  B2: usage('基础派生密钥的变体',            'base key variant',                         'TA',       DERIVE),
  B3: usage('密钥派生密钥',                  'key derivation key',                       'TA',       DERIVE),
  C0: usage('卡校验值密钥',                  'card verification key',                    'TA',       CHECK),
  D0: usage('数据加密密钥',                  'data encryption key',                      'DTA4',     CIPHER),
  D1: usage('非对称数据加密密钥',            'asymmetric data encryption key',           'RE',       CIPHER),
  D2: usage('十进制转换表密钥',              'decimalisation table key',                 'TA',       CIPHER),
  E0: usage('发卡行主密钥: 应用密文',        'EMV issuer master key, cryptograms',       'TA',       DERIVE),
  E1: usage('发卡行主密钥: 安全报文保密',    'EMV issuer master key, message secrecy',   'TA',       DERIVE),
  E2: usage('发卡行主密钥: 安全报文完整',    'EMV issuer master key, message integrity', 'TA',       DERIVE),
  E3: usage('发卡行主密钥: 数据认证码',      'EMV issuer master key, authentication code', 'TA',     DERIVE),
  E4: usage('发卡行主密钥: 动态数',          'EMV issuer master key, dynamic numbers',   'TA',       DERIVE),
  E5: usage('发卡行主密钥: 个人化',          'EMV issuer master key, personalisation',   'TA',       DERIVE),
  E6: usage('发卡行主密钥: 其他',            'EMV issuer master key, other',             'TA',       DERIVE),
  E7: usage('EMV 主个人化密钥',              'EMV master personalisation key',           'TA',       'BDENX'),
  I0: usage('初始向量',                      'initialisation vector',                    'DTA4',     'N'),
  K0: usage('密钥加密密钥',                  'key encryption key',                       'TA4',      CIPHER),
  K1: usage('密钥块保护密钥',                'key block protection key',                 'TA',       CIPHER),
  K2: usage('非对称密钥加密密钥',            'asymmetric key encryption key (TR-34)',    'RE',       CIPHER),
  K3: usage('非对称密钥协商密钥',            'asymmetric key agreement key',             'RE',       DERIVE),
  K4: usage('密钥块保护密钥 (ISO 20038)',    'key block protection key (ISO 20038)',     'TA',       CIPHER),
  M0: usage('ISO 16609 MAC 密钥',            'ISO 16609 MAC key',                        'T',        CHECK),
  M1: usage('ISO 9797-1 算法一 MAC 密钥',    'ISO 9797-1 MAC key, algorithm 1',          'DTA4',     CHECK),
  M2: usage('ISO 9797-1 算法二 MAC 密钥',    'ISO 9797-1 MAC key, algorithm 2',          'TA',       CHECK),
  M3: usage('ISO 9797-1 算法三 MAC 密钥',    'ISO 9797-1 MAC key, algorithm 3',          'TA',       CHECK),
  M4: usage('ISO 9797-1 算法四 MAC 密钥',    'ISO 9797-1 MAC key, algorithm 4',          'TA',       CHECK),
  M5: usage('ISO 9797-1:1999 算法五 MAC 密钥', 'ISO 9797-1:1999 MAC key, algorithm 5',   'TA',       CHECK),
  M6: usage('ISO 9797-1 算法五 CMAC 密钥',   'ISO 9797-1 MAC key, algorithm 5, CMAC',    'TA4',      CHECK),
  M7: usage('HMAC 密钥',                     'HMAC key',                                 'H',        CHECK),
  M8: usage('ISO 9797-1:2011 算法六 MAC 密钥', 'ISO 9797-1:2011 MAC key, algorithm 6',   'TA',       CHECK),
  P0: usage('PIN 加密密钥',                  'PIN encryption key',                       'TA4',      CIPHER),
  P1: usage('PIN 生成密钥',                  'PIN generation key',                       'TA',       CIPHER),
  S0: usage('非对称签名密钥',                'asymmetric signature key',                 'RSE',      'SVN'),
  S1: usage('非对称 CA 密钥',                'asymmetric key of an authority',           'RSE',      'SVN'),
  S2: usage('非对称非 X9.24 密钥',           'asymmetric key outside X9.24',             'RSE',      'SVTN'),
  V0: usage('PIN 校验密钥: 其他',            'PIN verification key, other',              'TA',       CHECK),
  V1: usage('PIN 校验密钥: IBM 3624',        'PIN verification key, IBM 3624',           'TA',       CHECK),
  V2: usage('PIN 校验密钥: Visa PVV',        'PIN verification key, Visa PVV',           'TA',       CHECK),
  V3: usage('PIN 校验密钥: X9.132 算法一',   'PIN verification key, X9.132 algorithm 1', 'TA',       CHECK),
  V4: usage('PIN 校验密钥: X9.132 算法二',   'PIN verification key, X9.132 algorithm 2', 'TA',       CHECK),
  V5: usage('PIN 校验密钥: X9.132 算法三',   'PIN verification key, X9.132 algorithm 3', 'TA',       CHECK),
})

/** An algorithm: `sizes` are the bytes of a key, empty where a key block may hold any number of them. */
export interface AlgorithmRow extends Named {
  readonly sizes: readonly number[]
  /** Bytes that a written block is padded for, so that its length does not tell the key's. */
  readonly longest: number
}

// biome-ignore format: one row an algorithm
export const algorithms = table<AlgorithmRow>({
  A: { zh: 'AES',         en: 'AES',                sizes: [16, 24, 32], longest: 32 },
  D: { zh: '单 DES',      en: 'single DES',         sizes: [8],          longest: 24 },
  T: { zh: '三重 DES',    en: 'TDES',               sizes: [16, 24],     longest: 24 },
  E: { zh: '椭圆曲线',    en: 'elliptic curve',     sizes: [],           longest: 0 },
  H: { zh: 'HMAC',        en: 'HMAC',               sizes: [],           longest: 0 },
  R: { zh: 'RSA',         en: 'RSA',                sizes: [],           longest: 0 },
  S: { zh: 'DSA',         en: 'DSA',                sizes: [],           longest: 0 },
  [SM4_ALGORITHM]: { zh: 'SM4 国密 (自定义)', en: 'SM4 (private)', sizes: [16], longest: 16 },
})

// biome-ignore format: one row a letter
export const modes = table<Named>({
  B: { zh: '加密和解密',   en: 'encrypt and decrypt' },
  C: { zh: '生成和校验',   en: 'generate and verify' },
  D: { zh: '只解密',       en: 'decrypt only' },
  E: { zh: '只加密',       en: 'encrypt only' },
  G: { zh: '只生成',       en: 'generate only' },
  N: { zh: '不限',         en: 'no restriction' },
  S: { zh: '只签名',       en: 'sign only' },
  T: { zh: '签名和解密',   en: 'sign and decrypt' },
  V: { zh: '只校验',       en: 'verify only' },
  X: { zh: '派生密钥',     en: 'derive keys' },
  Y: { zh: '生成密钥变体', en: 'make key variants' },
})

// biome-ignore format: one row a letter
export const versions = table<Named>({
  B: { zh: 'TDES 派生, CBC', en: 'TDES derivation, CBC' },
  D: { zh: 'AES 派生, CBC',  en: 'AES derivation, CBC' },
  E: { zh: 'AES 派生, CTR',  en: 'AES derivation, CTR' },
})

// biome-ignore format: one row a letter
export const exportabilities = table<Named>({
  E: { zh: '可在可信密钥块中导出', en: 'exportable under a trusted key block' },
  N: { zh: '不可导出',             en: 'not exportable' },
  S: { zh: '敏感',                 en: 'sensitive' },
})

// biome-ignore format: one row a digit
export const contexts = table<Named>({
  '0': { zh: '由保护密钥决定', en: 'as the wrapping key says' },
  '1': { zh: '只用于存储',     en: 'storage only' },
  '2': { zh: '只用于交换',     en: 'exchange only' },
})

/** An optional block: what its data must look like where we write it. What others wrote is shown as it is. */
export interface OptionalRow extends Named {
  readonly pattern: RegExp
}

const hex = (digits: number): RegExp => new RegExp(`^[0-9A-F]{${digits}}$`)
const CHECK_VALUE = /^(00[0-9A-F]{6}|01[0-9A-F]{10})$/
const FREE = /^[ -~]*$/

// biome-ignore format: one row a block
export const optionalBlocks = table<OptionalRow>({
  AL: { zh: '密钥生命',             en: 'life of the key',                       pattern: FREE },
  BI: { zh: '基础派生密钥编号',     en: 'id of the base derivation key',         pattern: /^(00[0-9A-F]{10}|01[0-9A-F]{8})$/ },
  CT: { zh: '公钥证书',             en: 'certificate',                           pattern: FREE },
  DA: { zh: '允许的派生',           en: 'allowed derivations',                   pattern: FREE },
  FL: { zh: '标志',                 en: 'flags',                                 pattern: FREE },
  HM: { zh: 'HMAC 散列算法',        en: 'hash of the HMAC',                      pattern: hex(2) },
  IK: { zh: 'AES DUKPT 初始密钥号', en: 'id of the AES DUKPT initial key',       pattern: hex(16) },
  KC: { zh: '本密钥校验值',         en: 'check value of the key',                pattern: CHECK_VALUE },
  KP: { zh: '保护密钥校验值',       en: 'check value of the protection key',     pattern: CHECK_VALUE },
  KS: { zh: 'DUKPT 初始密钥序列号', en: 'initial DUKPT key serial number',       pattern: hex(20) },
  LB: { zh: '标签',                 en: 'label',                                 pattern: FREE },
  PB: { zh: '填充',                 en: 'padding',                               pattern: FREE },
  PK: { zh: '导出保护密钥校验值',   en: 'check value of the exporting key',      pattern: CHECK_VALUE },
  TC: { zh: '密钥生成时间',         en: 'time of creation',                      pattern: FREE },
  TS: { zh: '密钥块时间',           en: 'time stamp',                            pattern: FREE },
  WP: { zh: '保护密钥来历',         en: 'pedigree of the wrapping key',          pattern: FREE },
})

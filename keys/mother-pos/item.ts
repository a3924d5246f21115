/**
 * 母POS: what the old plaintext key loading protocols put on a serial line, read for diagnosis. Nothing here loads a
 * key, and no byte of one comes out: data are counted, never repeated.
 */
export interface MotherPosItem {
  /** Where it begins in the capture, and how many bytes it takes. */
  readonly offset: number
  readonly length: number
  /**
   * `command` from either side, `result` of one, `noise` between frames, `cut` where the capture ends inside a frame,
   * `fault` a frame whose form is wrong.
   */
  readonly kind: 'command' | 'result' | 'noise' | 'cut' | 'fault'
  /** The command byte, and of DB its sub-command; for a result its own byte. */
  readonly command?: number
  readonly subCommand?: number
  readonly zh: string
  readonly en: string
  /** Slot of the key 密钥索引. */
  readonly index?: number
  /** How keys are said to be sent: the first byte of EE. */
  readonly mode?: number
  /** Bytes of key material, all hidden. */
  readonly keyBytes?: number
  /** The protocol has none, or it is right or wrong. */
  readonly checksum: 'none' | 'right' | 'wrong'
}

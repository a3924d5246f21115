/** 字符集: GBK tables live in the device's ROM, not in the bundle. Both instant. */
export interface Charset {
  /** GBK bytes of `text`; a character that GBK lacks becomes `?`. */
  encodeGbk(text: string): Uint8Array
  /** Text of GBK bytes; what is no GBK becomes U+FFFD. */
  decodeGbk(bytes: Uint8Array): string
}

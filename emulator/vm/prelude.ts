/**
 * Runs in the guest before the bundle. Its value is the functions that the marshalling calls; they keep what they
 * need of the pristine globals.
 *
 * Then it takes away what would make a run depend on more than the device, or let text become program. The rule for
 * applications, on every engine: time and chance come from `device.clock` and `device.secure`; no `Date`, no
 * `Math.random`, no `eval`, no `Function` constructor, no weak references (they show when garbage is collected).
 */
export const PRELUDE = `'use strict';
(() => {
  const isArray = Array.isArray
  const prototypeOf = Object.getPrototypeOf
  const plain = Object.prototype
  const Bytes = Uint8Array
  const Units = Uint16Array
  const text = String.fromCharCode
  const odd = /[\\0\\ud800-\\udfff]/
  const helpers = {
    kind(value) {
      if (isArray(value)) return 1
      if (value instanceof Bytes) return 2
      const prototype = prototypeOf(value)
      return prototype === plain || prototype === null ? 3 : 0
    },
    exact: (bytes) =>
      bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : new Bytes(bytes).buffer,
    bytes: (buffer) => new Bytes(buffer),
    isOdd: (value) => (odd.test(value) ? 1 : 0),
    units(value) {
      const units = new Units(value.length)
      for (let i = 0; i < value.length; i++) units[i] = value.charCodeAt(i)
      return units.buffer
    },
    fromUnits(buffer) {
      let value = ''
      for (const unit of new Units(buffer)) value += text(unit)
      return value
    },
  }
  const refuse = (name, instead) => {
    const refused = function () { throw new Error(name + ' is not there: ' + instead) }
    return refused
  }
  const noTime = 'the time comes from device.clock'
  const noDate = refuse('Date', noTime)
  for (const name of ['now', 'parse', 'UTC']) noDate[name] = refuse('Date.' + name, noTime)
  const noText = 'text is not program'
  Math.random = refuse('Math.random', 'chance comes from device.secure.random')
  globalThis.Date = noDate
  globalThis.eval = refuse('eval', noText)
  globalThis.Function = refuse('Function', noText)
  const functions = [function () {}, async function () {}, function* () {}, async function* () {}]
  for (const each of functions) {
    const value = refuse('Function', noText)
    Object.defineProperty(prototypeOf(each), 'constructor', { value, writable: false, configurable: false })
  }
  delete globalThis.WeakRef
  delete globalThis.FinalizationRegistry
  return helpers
})()`

import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core'
import { CROSSING_MAX } from './limits.ts'

/**
 * Values across the border, copied: undefined, null, booleans, numbers, strings, `Uint8Array`s, and arrays and plain
 * objects of these. Anything else (functions, class instances, bigints, symbols) does not cross.
 */

/** A value that cannot cross: `path` says where in it, `why` what is wrong. */
export class CrossingError extends Error {
  constructor(path: string, why: string) {
    super(`${path} ${why}`)
    this.name = 'CrossingError'
  }
}

/** UTF-8 in C strings, which the binding uses, loses what follows a NUL and lone surrogates. */
const ODD = /[\0\ud800-\udfff]/
const HELPERS = ['kind', 'exact', 'bytes', 'isOdd', 'units', 'fromUnits'] as const
const KIND_ARRAY = 1
const KIND_BYTES = 2
const KIND_PLAIN = 3

type Helper = (typeof HELPERS)[number]
interface Budget {
  items: number
  bytes: number
}

export class Marshal {
  readonly #context: QuickJSContext
  readonly #helpers: ReadonlyMap<Helper, QuickJSHandle>
  readonly #namesListed: () => void

  /** `helpers` is the value of the prelude; stays the caller's. `namesListed` hears of each `getOwnPropertyNames`. */
  constructor(context: QuickJSContext, helpers: QuickJSHandle, namesListed: () => void) {
    this.#namesListed = namesListed
    this.#context = context
    this.#helpers = new Map(HELPERS.map((name) => [name, context.getProp(helpers, name)]))
  }

  dispose(): void {
    for (const handle of this.#helpers.values()) handle.dispose()
  }

  /** A copy of `value` in the guest; the caller disposes of the handle. `path` names it in errors. */
  toGuest(value: unknown, path: string): QuickJSHandle {
    return this.#in(value, path, CROSSING_MAX.depth, { items: 0, bytes: 0 })
  }

  /** A copy of the guest's value; the handle stays the caller's. */
  fromGuest(handle: QuickJSHandle, path: string): unknown {
    return this.#out(handle, path, CROSSING_MAX.depth, { items: 0, bytes: 0 })
  }

  #in(value: unknown, path: string, depth: number, spent: Budget): QuickJSHandle {
    const context = this.#context
    this.#spend(spent, path, 0)
    switch (typeof value) {
      case 'undefined':
        return context.undefined
      case 'boolean':
        return value ? context.true : context.false
      case 'number':
        return context.newNumber(value)
      case 'string':
        this.#spend(spent, path, value.length)
        return ODD.test(value) ? this.#call('fromUnits', this.#units(value)) : context.newString(value)
      case 'object':
        if (value === null) return context.null
        if (value instanceof Uint8Array) {
          this.#spend(spent, path, value.length)
          return this.#call('bytes', context.newArrayBuffer(new Uint8Array(value).buffer))
        }
        if (depth === 0) throw new CrossingError(path, 'is nested too deep')
        return this.#containerIn(value, path, depth, spent)
      default:
        throw new CrossingError(path, `is a ${typeof value}, which does not cross`)
    }
  }

  #containerIn(value: object, path: string, depth: number, spent: Budget): QuickJSHandle {
    const isArray = Array.isArray(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (!isArray && prototype !== Object.prototype && prototype !== null) {
      throw new CrossingError(path, 'is neither a plain object nor an array, and does not cross')
    }
    const handle = isArray ? this.#context.newArray() : this.#context.newObject()
    for (const [name, item] of Object.entries(value)) {
      const child = this.#in(item, `${path}.${name}`, depth - 1, spent)
      if (name === '__proto__') {
        // set, it would become the prototype
        this.#context.defineProp(handle, name, { value: child, enumerable: true, configurable: true })
      } else {
        this.#context.setProp(handle, isArray ? Number(name) : name, child)
      }
      child.dispose()
    }
    return handle
  }

  #out(handle: QuickJSHandle, path: string, depth: number, spent: Budget): unknown {
    const context = this.#context
    this.#spend(spent, path, 0)
    const type = context.typeof(handle)
    switch (type) {
      case 'undefined':
        return undefined
      case 'boolean':
        return context.sameValue(handle, context.true)
      case 'number':
        return context.getNumber(handle)
      case 'string':
        return this.#stringOut(handle, path, spent)
      case 'object':
        if (context.sameValue(handle, context.null)) return null
        if (depth === 0) throw new CrossingError(path, 'is nested too deep')
        return this.#objectOut(handle, path, depth, spent)
      default:
        throw new CrossingError(path, `is a ${type}, which does not cross`)
    }
  }

  #stringOut(handle: QuickJSHandle, path: string, spent: Budget): string {
    const odd = this.#number('isOdd', handle) === 1
    const value = odd ? this.#fromUnits(handle) : this.#context.getString(handle)
    this.#spend(spent, path, value.length)
    return value
  }

  #objectOut(handle: QuickJSHandle, path: string, depth: number, spent: Budget): unknown {
    switch (this.#number('kind', handle)) {
      case KIND_BYTES: {
        this.#spend(spent, path, this.#length(handle))
        return this.#bufferOut(this.#call('exact', handle.dup()))
      }
      case KIND_ARRAY: {
        const length = this.#length(handle)
        if (length > CROSSING_MAX.items) throw new CrossingError(path, 'has too many items')
        const items: unknown[] = []
        for (let i = 0; i < length; i++) items.push(this.#propertyOut(handle, i, path, depth, spent))
        return items
      }
      case KIND_PLAIN: {
        const names = this.#context.getOwnPropertyNames(handle, {
          strings: true,
          numbersAsStrings: true,
          onlyEnumerable: true,
        })
        this.#namesListed()
        const record: { [name: string]: unknown } = {}
        for (const nameHandle of names.unwrap()) {
          const name = nameHandle.consume((each) => this.#context.getString(each))
          // defineProperty: a property called __proto__ must stay a property
          const value = this.#propertyOut(handle, name, path, depth, spent)
          Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true })
        }
        return record
      }
      default:
        throw new CrossingError(path, 'is neither a plain object, an array nor bytes, and does not cross')
    }
  }

  #propertyOut(
    handle: QuickJSHandle,
    name: string | number,
    path: string,
    depth: number,
    spent: Budget,
  ): unknown {
    const child = this.#context.getProp(handle, name)
    const value = this.#out(child, `${path}.${name}`, depth - 1, spent)
    child.dispose()
    return value
  }

  #length(handle: QuickJSHandle): number {
    return this.#context.getLength(handle) ?? 0
  }

  /** The bytes of an ArrayBuffer in the guest; disposes of its handle. */
  #bufferOut(buffer: QuickJSHandle): Uint8Array {
    const view = this.#context.getArrayBuffer(buffer)
    const bytes = new Uint8Array(view.value)
    view.dispose()
    buffer.dispose()
    return bytes
  }

  #units(value: string): QuickJSHandle {
    const units = new Uint16Array(value.length)
    for (let i = 0; i < value.length; i++) units[i] = value.charCodeAt(i)
    return this.#context.newArrayBuffer(units.buffer)
  }

  #fromUnits(handle: QuickJSHandle): string {
    const bytes = this.#bufferOut(this.#call('units', handle.dup()))
    let value = ''
    for (const unit of new Uint16Array(bytes.buffer)) value += String.fromCharCode(unit)
    return value
  }

  /** Calls a helper and disposes of its argument. */
  #call(name: Helper, argument: QuickJSHandle): QuickJSHandle {
    const helper = this.#helpers.get(name)
    if (helper === undefined) throw new Error(`no helper ${name}`)
    const result = this.#context.callFunction(helper, this.#context.undefined, argument)
    argument.dispose()
    return result.unwrap()
  }

  #number(name: Helper, handle: QuickJSHandle): number {
    return this.#call(name, handle.dup()).consume((result) => this.#context.getNumber(result))
  }

  #spend(spent: Budget, path: string, bytes: number): void {
    spent.items += 1
    spent.bytes += bytes
    if (spent.items > CROSSING_MAX.items) throw new CrossingError(path, 'has too many items')
    if (spent.bytes > CROSSING_MAX.bytes) throw new CrossingError(path, 'is too large')
  }
}

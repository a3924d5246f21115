/**
 * Holds back what the terminal shows, prints and sends until all it has written before is safe. The application
 * writes its journal first and acts after (rule P2); the flash chip here is memory that is copied to a disk, so the
 * same must hold for the copy: a page that dies between the two must not have shown what it did not keep.
 */
export interface Outbox {
  /** Something was written: whatever is emitted from now on waits for it. */
  written(): void
  /** Does `act` in the order of the calls, at once when all that was written is safe. */
  emit(act: () => void): void
  /** Nothing is emitted any more: storage has failed. */
  shut(): void
}

/** `save` copies everything written up to its call, and resolves when it is safe; one runs at a time. */
export function makeOutbox(save: () => Promise<void>, failed: (error: unknown) => void): Outbox {
  const waiting: { readonly write: number; readonly act: () => void }[] = []
  let writes = 0
  let safe = 0
  let saving = false
  let isShut = false

  async function saveAll(): Promise<void> {
    saving = true
    try {
      while (safe < writes && !isShut) {
        const upTo = writes
        await save()
        safe = upTo
        release()
      }
    } catch (error) {
      shut()
      failed(error)
    } finally {
      saving = false
    }
  }

  function release(): void {
    while (!isShut && waiting[0] !== undefined && waiting[0].write <= safe) waiting.shift()?.act()
  }

  function shut(): void {
    isShut = true
    waiting.length = 0
  }

  return {
    written() {
      writes++
      // The writes of one turn of the application go together.
      if (!saving) {
        saving = true
        queueMicrotask(() => void saveAll())
      }
    },
    emit(act) {
      if (isShut) return
      if (waiting.length === 0 && safe === writes) act()
      else waiting.push({ write: writes, act })
    },
    shut,
  }
}

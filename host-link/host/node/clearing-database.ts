/** What SQL takes and gives. Integers beyond 2^53 are refused, not rounded. */
export type Value = string | number | null
export type Row = readonly Value[]

/** SQL in what SQLite and PostgreSQL both understand; `?` is a parameter. Rows have the columns in order. */
export interface Query {
  query(sql: string, values?: readonly Value[]): Promise<readonly Row[]>
}

/** One consistent state of the books, whatever a host writes meanwhile. */
export interface Books extends Query {
  /** Rows in lots of at most some thousands: memory does not grow with their number. One at a time. */
  iterate(sql: string, values?: readonly Value[]): AsyncIterable<readonly Row[]>
}

/** Where the books are read, and where clearing keeps its own tables (`clearing-schema.ts`). */
export interface ClearingDatabase {
  /** `work` sees one state of the books and changes nothing in them. Throws `HostError` for books that are none. */
  reading<Result>(work: (books: Books) => Promise<Result>): Promise<Result>
  /** One durable transaction on clearing's own tables, one at a time; a throw of `work` leaves them as they were. */
  writing<Result>(work: (own: Query) => Promise<Result>): Promise<Result>
  /**
   * Reads clearing's own tables; undefined where nothing was ever cleared. Within `reading`, on PostgreSQL, it sees the
   * same state.
   */
  kept<Result>(work: (own: Query) => Promise<Result>): Promise<Result | undefined>
  close(): Promise<void>
}

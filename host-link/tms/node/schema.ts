import type { Schema } from './database.ts'

/**
 * Tables of the download service, the same on SQLite and PostgreSQL. Times are Unix seconds, 0: none; hashes lower-case hex.
 * `KEYTEXT` is text in byte order, so that both page through it in one order.
 */
export const TMS_SCHEMA: Schema = {
  name: 'tms',
  steps: [
    [
      // What a terminal is, where it stands, what it said last, and whether it is to be told something.
      `CREATE TABLE terminal (
        serial         KEYTEXT PRIMARY KEY,
        shard          BIGINT NOT NULL,
        status         TEXT NOT NULL DEFAULT 'active',
        maker          TEXT NOT NULL,
        model          TEXT NOT NULL,
        acquirer       TEXT NOT NULL,
        merchant       TEXT NOT NULL,
        merchant_name  TEXT NOT NULL,
        store          TEXT NOT NULL,
        terminal_id    TEXT NOT NULL,
        account        TEXT NOT NULL,
        address        TEXT NOT NULL,
        zone_minutes   BIGINT NOT NULL,
        labels         TEXT NOT NULL,
        note           TEXT NOT NULL,
        password_hash  TEXT NOT NULL,
        report_key     TEXT NOT NULL DEFAULT '',
        key_trust      TEXT NOT NULL DEFAULT 'none',
        online         BIGINT NOT NULL DEFAULT 0,
        connection     BIGINT NOT NULL DEFAULT 0,
        presence_at    BIGINT NOT NULL DEFAULT 0,
        order_no       BIGINT NOT NULL DEFAULT 0,
        order_digest   TEXT NOT NULL DEFAULT '',
        tell           BIGINT NOT NULL DEFAULT 0,
        told_at        BIGINT NOT NULL DEFAULT 0,
        nonce          TEXT NOT NULL DEFAULT '',
        root_version   BIGINT NOT NULL DEFAULT 0,
        block_max      BIGINT NOT NULL DEFAULT 0,
        reported_at    BIGINT NOT NULL DEFAULT 0,
        epoch          BIGINT NOT NULL DEFAULT 0,
        seq            BIGINT NOT NULL DEFAULT -1,
        place          TEXT NOT NULL DEFAULT 'factory',
        version        TEXT NOT NULL DEFAULT '',
        program        TEXT NOT NULL DEFAULT '',
        release_hash   TEXT NOT NULL DEFAULT '',
        counter        BIGINT NOT NULL DEFAULT 0,
        trial          BIGINT NOT NULL DEFAULT 0,
        download       TEXT NOT NULL DEFAULT '',
        offered        TEXT NOT NULL DEFAULT '',
        percent        BIGINT NOT NULL DEFAULT 0,
        code           BIGINT NOT NULL DEFAULT 0,
        waiting        BIGINT NOT NULL DEFAULT 0,
        pseq           BIGINT NOT NULL DEFAULT 0,
        parameters     TEXT NOT NULL DEFAULT '',
        drift          BIGINT NOT NULL DEFAULT 0,
        batch_number   BIGINT NOT NULL DEFAULT 0,
        batch_count    BIGINT NOT NULL DEFAULT 0,
        owed           BIGINT NOT NULL DEFAULT 0,
        quality        BIGINT NOT NULL DEFAULT 0,
        envelope       BYTES,
        created_at     BIGINT NOT NULL
      )`,
      'CREATE INDEX terminal_tell ON terminal (shard) WHERE tell = 1 AND online = 1',
      'CREATE INDEX terminal_version ON terminal (version)',
      'CREATE INDEX terminal_merchant ON terminal (merchant, store)',
      `CREATE TABLE terminal_group (
        name   KEYTEXT PRIMARY KEY,
        filter TEXT NOT NULL,
        note   TEXT NOT NULL
      )`,
      `CREATE TABLE group_member (
        name   KEYTEXT NOT NULL REFERENCES terminal_group,
        serial KEYTEXT NOT NULL,
        PRIMARY KEY (name, serial)
      )`,
      `CREATE TABLE release (
        id              NUMBERED,
        version         TEXT NOT NULL,
        manifest        TEXT NOT NULL UNIQUE,
        manifest_size   BIGINT NOT NULL,
        seq             BIGINT NOT NULL,
        counter         BIGINT NOT NULL,
        models          TEXT NOT NULL,
        program         TEXT NOT NULL,
        program_length  BIGINT NOT NULL,
        payloads        TEXT NOT NULL,
        signers         TEXT NOT NULL,
        expires         BIGINT NOT NULL,
        notice_zh       TEXT NOT NULL,
        notice_en       TEXT NOT NULL,
        state           TEXT NOT NULL,
        uploaded_by     TEXT NOT NULL,
        uploaded_at     BIGINT NOT NULL,
        approved_by     TEXT NOT NULL DEFAULT '',
        approved_at     BIGINT NOT NULL DEFAULT 0,
        withdrawn_by    TEXT NOT NULL DEFAULT '',
        withdrawn_at    BIGINT NOT NULL DEFAULT 0,
        reason          TEXT NOT NULL DEFAULT ''
      )`,
      // Bytes by their SHA-256. An object of two releases is served while one of them is approved.
      `CREATE TABLE object (
        hash  TEXT PRIMARY KEY,
        size  BIGINT NOT NULL,
        owner TEXT NOT NULL,
        bytes BYTES NOT NULL
      )`,
      `CREATE TABLE release_object (
        hash    TEXT NOT NULL REFERENCES object,
        release BIGINT NOT NULL REFERENCES release,
        PRIMARY KEY (hash, release)
      )`,
      // Root documents after the factory's, for terminals that have an older one.
      `CREATE TABLE root_document (
        version BIGINT PRIMARY KEY,
        bytes   BYTES NOT NULL
      )`,
      `CREATE TABLE deployment (
        id              NUMBERED,
        name            TEXT NOT NULL,
        kind            TEXT NOT NULL,
        release         BIGINT NOT NULL,
        group_name      TEXT NOT NULL,
        dynamic         BIGINT NOT NULL,
        policy          TEXT NOT NULL,
        gate            TEXT NOT NULL,
        rate_per_minute BIGINT NOT NULL,
        start_at        BIGINT NOT NULL,
        state           TEXT NOT NULL,
        rank            BIGINT NOT NULL DEFAULT 0,
        forgiven_ends   BIGINT NOT NULL DEFAULT 0,
        forgiven_bad    BIGINT NOT NULL DEFAULT 0,
        reason          TEXT NOT NULL DEFAULT '',
        created_by      TEXT NOT NULL,
        created_at      BIGINT NOT NULL,
        approved_by     TEXT NOT NULL DEFAULT '',
        approved_at     BIGINT NOT NULL DEFAULT 0,
        started_at      BIGINT NOT NULL DEFAULT 0,
        ended_at        BIGINT NOT NULL DEFAULT 0
      )`,
      `CREATE TABLE wave (
        deployment BIGINT NOT NULL REFERENCES deployment,
        number     BIGINT NOT NULL,
        size       BIGINT NOT NULL,
        state      TEXT NOT NULL,
        started_at BIGINT NOT NULL DEFAULT 0,
        passed_at  BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (deployment, number)
      )`,
      `CREATE TABLE target (
        deployment  BIGINT NOT NULL REFERENCES deployment,
        serial      KEYTEXT NOT NULL REFERENCES terminal,
        kind        TEXT NOT NULL,
        wave        BIGINT NOT NULL,
        state       TEXT NOT NULL,
        code        BIGINT NOT NULL DEFAULT 0,
        percent     BIGINT NOT NULL DEFAULT 0,
        waiting     BIGINT NOT NULL DEFAULT 0,
        object      TEXT NOT NULL,
        size        BIGINT NOT NULL,
        order_no    BIGINT NOT NULL DEFAULT 0,
        queued_at   BIGINT NOT NULL DEFAULT 0,
        notified_at BIGINT NOT NULL DEFAULT 0,
        ended_at    BIGINT NOT NULL DEFAULT 0,
        updated_at  BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (deployment, serial)
      )`,
      'CREATE INDEX target_serial ON target (serial, kind)',
      'CREATE INDEX target_state ON target (deployment, wave, state)',
      `CREATE TABLE command (
        id         NUMBERED,
        serial     KEYTEXT NOT NULL REFERENCES terminal,
        kind       TEXT NOT NULL,
        argument   BYTES NOT NULL,
        state      TEXT NOT NULL,
        code       BIGINT NOT NULL DEFAULT 0,
        result     BYTES NOT NULL,
        created_by TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        ended_at   BIGINT NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX command_serial ON command (serial, id)',
      // What terminals reported: each (serial, epoch, seq) once. The service's own lines have no epoch.
      `CREATE TABLE event (
        id     NUMBERED,
        serial KEYTEXT NOT NULL,
        epoch  BIGINT,
        seq    BIGINT,
        at     BIGINT NOT NULL,
        type   TEXT NOT NULL,
        text   TEXT NOT NULL,
        UNIQUE (serial, epoch, seq)
      )`,
      `CREATE TABLE alarm (
        id         NUMBERED,
        at         BIGINT NOT NULL,
        deployment BIGINT NOT NULL,
        text       TEXT NOT NULL,
        seen_by    TEXT NOT NULL DEFAULT ''
      )`,
      // Who works on a shard until when, by the database's clock. Shard 64 is the conductor of deployments.
      `CREATE TABLE lease (
        shard    BIGINT PRIMARY KEY,
        owner    TEXT NOT NULL,
        epoch    BIGINT NOT NULL,
        until_ms BIGINT NOT NULL
      )`,
      `CREATE TABLE worker (
        id       TEXT PRIMARY KEY,
        until_ms BIGINT NOT NULL
      )`,
    ],
    [
      // Pieces of logs that commands asked for; `size`: of the whole log.
      `CREATE TABLE command_log (
        command BIGINT NOT NULL REFERENCES command,
        start   BIGINT NOT NULL,
        size    BIGINT NOT NULL,
        bytes   BYTES NOT NULL,
        PRIMARY KEY (command, start)
      )`,
      // Of a parameter set: its number, and from when on it counts.
      'ALTER TABLE target ADD COLUMN pseq BIGINT NOT NULL DEFAULT 0',
      'ALTER TABLE target ADD COLUMN effective BIGINT NOT NULL DEFAULT 0',
    ],
    [
      // What a terminal says under another report key counts from the start: the first half of the key is in what makes an event one.
      'ALTER TABLE event RENAME TO event_before',
      `CREATE TABLE event (
        id       NUMBERED,
        serial   KEYTEXT NOT NULL,
        reporter TEXT NOT NULL,
        epoch    BIGINT,
        seq      BIGINT,
        at       BIGINT NOT NULL,
        type     TEXT NOT NULL,
        text     TEXT NOT NULL,
        UNIQUE (serial, reporter, epoch, seq)
      )`,
      `INSERT INTO event (serial, reporter, epoch, seq, at, type, text)
        SELECT serial, coalesce((SELECT substr(report_key, 1, 32) FROM terminal WHERE terminal.serial = event_before.serial), ''),
          epoch, seq, at, type, text FROM event_before ORDER BY id`,
      'DROP TABLE event_before',
      // `tell` is 1 to be told, 2 signed and not yet given to the broker, 0 nothing to say.
      'DROP INDEX terminal_tell',
      'CREATE INDEX terminal_tell ON terminal (shard) WHERE tell > 0 AND online = 1',
      `CREATE INDEX command_sent ON command (serial) WHERE state = 'sent'`,
    ],
  ],
}

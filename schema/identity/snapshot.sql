CREATE TABLE accounts (
    id                 INTEGER PRIMARY KEY,
    name               TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    email              TEXT    NOT NULL,
    biography          TEXT,
    password_hash      TEXT,
    credential_version INTEGER NOT NULL DEFAULT 1,
    state              TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'deleted')),
    created_at         INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0, full_name TEXT, role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')), profile_version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE app_passwords (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    name       TEXT    NOT NULL,
    digest     BLOB    NOT NULL UNIQUE,
    scope      TEXT    CHECK (scope IN ('read', 'write', 'messages')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX app_passwords_by_account ON app_passwords (account_id);
CREATE TABLE delegates (
    account_id  INTEGER NOT NULL REFERENCES accounts (id),
    delegate_id INTEGER NOT NULL REFERENCES accounts (id),
    created_at  INTEGER NOT NULL, seal INTEGER NOT NULL DEFAULT 0, scope TEXT CHECK (scope IN ('read', 'write', 'messages')), expires_at INTEGER,
    PRIMARY KEY (account_id, delegate_id),
    CHECK (account_id <> delegate_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delegates_by_delegate ON delegates (delegate_id);
CREATE TABLE deletions (
    account_id   INTEGER PRIMARY KEY REFERENCES accounts (id),
    requested_at INTEGER NOT NULL,
    removed      INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL DEFAULT 0,
    finished_at  INTEGER,
    seal         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE events (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER REFERENCES accounts (id),
    kind       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    detail     TEXT,
    request_id TEXT    NOT NULL,
    address    TEXT,
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX events_by_account ON events (account_id);
CREATE TABLE idempotency_keys (
    digest      BLOB    PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    account_id  INTEGER NOT NULL REFERENCES accounts (id),
    expires_at  INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
CREATE TABLE installation (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    id      TEXT    NOT NULL,
    epoch   INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    seal    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE outbox (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    version    INTEGER NOT NULL,
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE sessions (
    id                 INTEGER PRIMARY KEY,
    account_id         INTEGER NOT NULL REFERENCES accounts (id),
    credential_version INTEGER NOT NULL,
    app_password_id    INTEGER REFERENCES app_passwords (id) ON DELETE CASCADE,
    created_at         INTEGER NOT NULL,
    last_used_at       INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    family             BLOB    NOT NULL UNIQUE,
    newest             BLOB    NOT NULL,
    user_agent         TEXT,
    address            TEXT    NOT NULL,
    seal               INTEGER NOT NULL DEFAULT 0
, replaced BLOB, salt BLOB, replaced_at INTEGER) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_app_password ON sessions (app_password_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE TABLE signing_keys (
    id         TEXT    PRIMARY KEY,
    public_key BLOB    NOT NULL,
    created_at INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0, retired_at INTEGER) STRICT, WITHOUT ROWID;

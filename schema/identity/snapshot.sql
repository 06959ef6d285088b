CREATE TABLE accounts (
    id                 INTEGER PRIMARY KEY,
    name               TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    email              TEXT    NOT NULL,
    biography          TEXT,
    password_hash      TEXT,
    credential_version INTEGER NOT NULL DEFAULT 1,
    state              TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'deleted')),
    created_at         INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE delegates (
    account_id  INTEGER NOT NULL REFERENCES accounts (id),
    delegate_id INTEGER NOT NULL REFERENCES accounts (id),
    created_at  INTEGER NOT NULL, seal INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, delegate_id),
    CHECK (account_id <> delegate_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delegates_by_delegate ON delegates (delegate_id);
CREATE TABLE idempotency_keys (
    digest      BLOB    PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    account_id  INTEGER NOT NULL REFERENCES accounts (id),
    expires_at  INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
CREATE TABLE refresh_families (
    id                 INTEGER PRIMARY KEY,
    account_id         INTEGER NOT NULL REFERENCES accounts (id),
    credential_version INTEGER NOT NULL,
    created_at         INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE refresh_tokens (
    digest     BLOB    PRIMARY KEY,
    family_id  INTEGER NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
CREATE TABLE signing_keys (
    id         TEXT    PRIMARY KEY,
    public_key BLOB    NOT NULL,
    created_at INTEGER NOT NULL
, seal INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

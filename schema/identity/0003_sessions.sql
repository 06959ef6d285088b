-- Sessions that people can see and end, app passwords, delegates with a scope and an end, what happened to accounts,
-- and what is still to be done in DynamoDB.

ALTER TABLE accounts ADD COLUMN full_name TEXT;
ALTER TABLE accounts ADD COLUMN role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin'));
-- Grows with each change of what everyone may see of an account.
ALTER TABLE accounts ADD COLUMN profile_version INTEGER NOT NULL DEFAULT 1;

ALTER TABLE delegates ADD COLUMN scope TEXT CHECK (scope IN ('read', 'write', 'messages'));
ALTER TABLE delegates ADD COLUMN expires_at INTEGER;

-- Signs nothing more, and still verifies for as long as tokens live.
ALTER TABLE signing_keys ADD COLUMN retired_at INTEGER;

-- Nothing could be done with these tokens.
DROP TABLE refresh_tokens;
DROP TABLE refresh_families;

-- Random secrets, of which only the SHA-256 is kept.
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

-- A login. Its access tokens count for as long as it is here. Its refresh tokens have two halves, of which the SHA-256
-- is kept: the first is the same in all of them, the second is that of the newest alone. Whoever brings the first with
-- another second half uses a token twice.
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
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_app_password ON sessions (app_password_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- What happened to an account, or to the installation. Written with what it tells of, never changed.
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

-- Accounts whose profile in DynamoDB may be older than this version.
CREATE TABLE outbox (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    version    INTEGER NOT NULL,
    seal       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Deleted accounts, and how far what they wrote has been removed.
CREATE TABLE deletions (
    account_id   INTEGER PRIMARY KEY REFERENCES accounts (id),
    requested_at INTEGER NOT NULL,
    removed      INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL DEFAULT 0,
    finished_at  INTEGER,
    seal         INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO outbox (account_id, version) SELECT id, profile_version FROM accounts;

UPDATE outbox SET seal = checksum('outbox', account_id, version);
UPDATE accounts SET seal = checksum('accounts', id, name, email, biography, password_hash, credential_version, state,
    created_at, full_name, role, profile_version);
UPDATE delegates SET seal = checksum('delegates', account_id, delegate_id, created_at, scope, expires_at);
UPDATE signing_keys SET seal = checksum('signing_keys', id, public_key, created_at, retired_at);

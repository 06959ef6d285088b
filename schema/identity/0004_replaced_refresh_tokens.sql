-- The refresh token that was replaced last gives its successor again for a while: the response may have been lost. Of the
-- replaced token the SHA-256 of its own half is kept. With it and the salt, the client's token yields the successor.
ALTER TABLE sessions ADD COLUMN replaced BLOB;
ALTER TABLE sessions ADD COLUMN salt BLOB;
ALTER TABLE sessions ADD COLUMN replaced_at INTEGER;

UPDATE sessions SET seal = checksum('sessions', id, account_id, credential_version, app_password_id, created_at,
    last_used_at, expires_at, family, newest, user_agent, address, replaced, salt, replaced_at);

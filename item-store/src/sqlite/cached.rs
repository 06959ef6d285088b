use rusqlite::Connection;

/// A connection for reading, with a cache that is valid until anything in the file changes, in any process. SQLite
/// reports that (`PRAGMA data_version`), and drops its own cached pages by the same rule. So the cache always has what
/// a read would return.
#[derive(Debug)]
pub struct CachedReader<C> {
    connection: Connection,
    version: Option<i64>,
    cache: C,
}

impl<C: Default> CachedReader<C> {
    /// Begins with an empty cache.
    pub fn new(connection: Connection) -> Self {
        Self { connection, version: None, cache: C::default() }
    }

    /// Returns the connection, for reads without the cache.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Reads from one snapshot, so that SQLite does not take its locks for each statement. The last argument of `read`
    /// is whether the file is unchanged since the previous read. If not, the cache is empty.
    pub fn read<T>(&mut self, read: impl FnOnce(&Connection, &mut C, bool) -> T) -> rusqlite::Result<T> {
        let mut version = self.connection.prepare_cached("PRAGMA data_version")?;
        // This statement holds the snapshot until it ends.
        let mut held = version.query(())?;
        let version = held.next()?.map(|row| row.get(0)).transpose()?;
        let is_unchanged = version.is_some() && self.version == version;
        if !is_unchanged {
            (self.version, self.cache) = (version, C::default());
        }
        Ok(read(&self.connection, &mut self.cache, is_unchanged))
    }
}

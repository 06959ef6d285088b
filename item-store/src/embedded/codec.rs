//! Encodes items as rows. The partition and sort key become one key. The item becomes a byte with the format, a
//! checksum, and the attributes as postcard.
//!
//! SQLite's database files have no checksums. So each row has one, which also covers its key: it detects rows that a
//! disk fault changed or moved to another key.

use std::fmt;

use compact_str::CompactString;
use crc32fast::Hasher;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::api::{Attributes, EXPIRES, Key, StoreError, Value};

/// The only format so far.
const SEALED: u8 = 1;
/// Size of the format and the checksum, a CRC-32 (IEEE 802.3) in little-endian order.
const HEAD: usize = 5;

/// The codec of one table.
#[derive(Debug)]
pub(super) struct Codec {
    /// The state of a checksum after the table's name, with which every checksum begins.
    table: Hasher,
}

/// A row as found: its key, and the encoded item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) key: &'a [u8],
    pub(super) item: &'a [u8],
}

/// Separates partition and sort key, and sorts after every key, because UTF-8 never has this byte. So the rows of a
/// partition are adjacent, in the order of their sort keys.
const TOP: u8 = 0xff;

/// Returns the key of a row.
pub(super) fn key(partition: &str, sort: &str) -> Vec<u8> {
    [partition.as_bytes(), &[TOP], sort.as_bytes()].concat()
}

/// Returns the key directly after this one.
pub(super) fn behind(partition: &str, sort: &str) -> Vec<u8> {
    let mut key = key(partition, sort);
    key.push(0);
    key
}

/// Returns a key after all keys of the partition whose sort keys begin with this prefix.
pub(super) fn top(partition: &str, prefix: &str) -> Vec<u8> {
    let mut key = key(partition, prefix);
    key.push(TOP);
    key
}

/// Splits the key of a row into partition and sort key. Returns `None` if it is malformed.
pub(super) fn parts(key: &[u8]) -> Option<Key> {
    let place = key.iter().position(|byte| *byte == TOP)?;
    let text = |bytes: &[u8]| CompactString::from_utf8(bytes).ok();
    Some(Key { partition: text(&key[..place])?, sort: text(&key[place + 1..])? })
}

impl Codec {
    pub(super) fn new(table: &str) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(table.as_bytes());
        Self { table: hasher }
    }

    /// Encodes an item that is stored under this key.
    pub(super) fn encode(&self, key: &[u8], attributes: &Attributes) -> Result<Vec<u8>, StoreError> {
        let mut item = Vec::with_capacity(256);
        item.extend([SEALED, 0, 0, 0, 0]);
        let mut item = postcard::to_extend(attributes, item).map_err(|error| StoreError::Invalid(error.to_string()))?;
        let checksum = self.checksum(key, &item[HEAD..]);
        item[1..HEAD].copy_from_slice(&checksum.to_le_bytes());
        Ok(item)
    }

    /// Decodes the item in a row.
    ///
    /// # Errors
    /// `Corrupt` if the row is not what was written.
    pub(super) fn decode(&self, found: Found<'_>) -> Result<Attributes, StoreError> {
        let body = self.verify(found)?;
        let decoded: Result<Decoded, _> = postcard::from_bytes(body);
        decoded.map(|decoded| decoded.0).map_err(|error| damaged(found, &error.to_string()))
    }

    /// Verifies a row without decoding it. Returns the encoded attributes.
    pub(super) fn verify<'a>(&self, found: Found<'a>) -> Result<&'a [u8], StoreError> {
        match found.item.split_at_checked(HEAD) {
            Some(([SEALED, checksum @ ..], body)) => {
                if self.checksum(found.key, body).to_le_bytes() == checksum {
                    return Ok(body);
                }
                Err(damaged(found, "its checksum differs"))
            }
            _ => Err(damaged(found, "it has an unknown format")),
        }
    }

    fn checksum(&self, key: &[u8], body: &[u8]) -> u32 {
        let mut hasher = self.table.clone();
        // Includes the length, so that no byte can move between key and body.
        hasher.update(&key.len().to_le_bytes());
        hasher.update(key);
        hasher.update(body);
        hasher.finalize()
    }
}

/// Decoded attributes. Names of up to 24 bytes need no allocation.
struct Decoded(Attributes);

impl<'de> Deserialize<'de> for Decoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Decoding).map(Self)
    }
}

struct Decoding;

/// Maximum number of attributes to allocate for at once, because the number comes from the disk.
const MANY: usize = 16;

impl<'de> Visitor<'de> for Decoding {
    type Value = Attributes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("attributes")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Attributes, M::Error> {
        let mut attributes = Attributes::with_capacity(map.size_hint().unwrap_or_default().min(MANY));
        while let Some(name) = map.next_key::<&'de str>()? {
            attributes.insert(CompactString::new(name), map.next_value()?);
        }
        Ok(attributes)
    }
}

/// Returns when an item may be swept, in Unix seconds.
pub(super) fn expires(attributes: &Attributes) -> Option<i64> {
    match attributes.get(EXPIRES) {
        Some(Value::Number(seconds)) => Some(*seconds),
        _ => None,
    }
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.key.splitn(2, |byte| *byte == TOP).map(String::from_utf8_lossy);
        let (partition, sort) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        write!(formatter, "the item {partition:?} {sort:?}")
    }
}

pub(super) fn damaged(found: Found<'_>, why: &str) -> StoreError {
    StoreError::Corrupt(format!("items.db: {found}: {why}"))
}

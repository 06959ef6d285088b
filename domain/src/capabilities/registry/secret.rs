use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::installation::blocking;
use crate::repositories::files;
use crate::{Configuration, Error, Randomness};
use item_store::owner::give_as_around;

/// In the folder of the signing keys, which only their owner can read.
const FILE: &str = "keys/edge.secret";

/// Returns the secret that only the processes of an installation know, with which gateways and services authenticate
/// each other: 256 random bits, in base64. Creates it if it is missing; processes that start at the same time all get
/// the same one.
///
/// # Errors
/// `Unavailable`, with a text that names the file, if it cannot be read or written.
pub async fn secret(configuration: &Configuration, randomness: &Randomness) -> Result<String, Error> {
    let folder = configuration.data_folder.clone();
    let fresh = URL_SAFE_NO_PAD.encode(randomness.bytes::<32>()?);
    let beside = format!("{FILE}.{:016x}", u64::from_be_bytes(randomness.bytes()?));
    blocking(move || {
        files::secure(&folder)?;
        let path = folder.join(FILE);
        let found = read_or_make(&path, &folder.join(beside), &fresh).map(|text| text.trim().to_owned());
        found.map_err(|error| Error::Unavailable(format!("cannot use {}: {error}", path.display())))
    })
    .await
}

fn read_or_make(path: &Path, beside: &Path, fresh: &str) -> std::io::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found,
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
    give_as_around(beside)?;
    file.write_all(fresh.as_bytes())?;
    file.sync_all()?;
    // Atomic, and never replaces the file of another process.
    let linked = std::fs::hard_link(beside, path);
    std::fs::remove_file(beside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    std::fs::read_to_string(path)
}

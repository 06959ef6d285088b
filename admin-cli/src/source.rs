//! Reads input files by path, or standard input.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use twclone_domain::Error;

/// How many bytes a CSV file may have. It is held in memory.
const LARGEST_LIST: u64 = 256 << 20;
/// The path that means standard input.
const STANDARD_INPUT: &str = "-";

/// Reads a whole file or pipe, or standard input if the path is `-`.
///
/// # Errors
/// `Invalid` if it cannot be read, or has more than 256 MiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |error| Error::invalid("file", format!("cannot read {}: {error}", shown(path)));
    let mut text = Vec::new();
    let mut take = |from: &mut dyn Read| from.take(LARGEST_LIST + 1).read_to_end(&mut text);
    if path.as_os_str() == STANDARD_INPUT {
        take(&mut std::io::stdin().lock()).map_err(unreadable)?;
    } else {
        File::open(path).and_then(|mut file| take(&mut file)).map_err(unreadable)?;
    }
    if text.len() as u64 > LARGEST_LIST {
        let most = LARGEST_LIST >> 20;
        return Err(Error::invalid("file", format!("{} is larger than {most} MiB; split it", shown(path))));
    }
    Ok(text)
}

/// Returns the path as it is shown to people.
pub(crate) fn shown(path: &Path) -> Cow<'_, str> {
    if path.as_os_str() == STANDARD_INPUT { Cow::Borrowed("standard input") } else { path.to_string_lossy() }
}

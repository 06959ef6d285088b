//! Reads passwords from a prompt or from standard input. They are never arguments: all users of the machine can see
//! those, and the shell's history keeps them.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use twclone_domain::Error;

use crate::failure::Failure;

/// How many bytes of a line are read at most. No password is that long, so a longer line is refused without being
/// read to its end.
const LONGEST_LINE: u64 = 4_096;

/// Prompts twice on a terminal; otherwise reads one line of standard input.
pub(crate) fn read() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() { ask() } else { line() }
}

fn ask() -> Result<String, Failure> {
    let prompt = |text| rpassword::prompt_password(text).map_err(unreadable);
    let password = prompt("Password: ")?;
    if prompt("Repeat the password: ")? == password {
        Ok(password)
    } else {
        Err(Error::invalid("password", "was not the same both times; type the same password twice").into())
    }
}

fn line() -> Result<String, Failure> {
    let mut line = Vec::new();
    std::io::stdin().lock().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
    // Some editors and shells write a byte order mark first. It is not part of the password.
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let password = String::from_utf8(line.to_vec());
    password.map_err(|_| Error::invalid("password", "must be UTF-8 text").into())
}

fn unreadable(error: std::io::Error) -> Failure {
    Failure::failed(format!("cannot read the password: {error}"))
}

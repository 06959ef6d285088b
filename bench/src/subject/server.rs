//! The server, on a data folder of its own that `twclone-admin seed` filled.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::wire::{self, Caller, Connection};
use crate::subject::program::{self, Serving};
use crate::{Failure, machine, people};

/// A data folder.
#[derive(Debug, Clone)]
pub struct Data {
    /// Where it is.
    pub folder: PathBuf,
    /// How many messages were loaded.
    pub messages: u64,
}

/// What loading messages took.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How long, from the start of the command to its end.
    pub time: Duration,
    /// The most memory that it had, in bytes.
    pub memory: u64,
    /// What the data folder has on disk afterwards, in bytes.
    pub disk: u64,
}

impl Data {
    /// Makes a data folder with all the people and so many messages.
    pub fn make(folder: &Path, messages: u64) -> Result<(Self, Load), Failure> {
        std::fs::create_dir_all(folder)?;
        let (accounts, letters) = (folder.join("accounts.jsonl"), folder.join("messages.jsonl"));
        people::write_accounts(&accounts)?;
        people::write_letters(&letters, messages)?;
        let data = Self { folder: folder.join("data"), messages };
        data.admin(&["init", "--no-seed"])?;
        data.admin(&["seed", &accounts.to_string_lossy()])?;
        let begin = Instant::now();
        let memory = data.admin(&["seed", &letters.to_string_lossy()])?;
        let time = begin.elapsed();
        std::fs::remove_file(letters)?;
        let disk = machine::disk(&data.folder)?;
        Ok((data, Load { time, memory, disk }))
    }

    /// The file with the messages.
    #[must_use]
    pub fn items(&self) -> PathBuf {
        self.folder.join("items.db")
    }

    /// Starts a server on it; several may run at a time.
    pub fn serve(&self) -> Result<Serving, Failure> {
        Serving::start(program::command("twclone-server", &self.folder)?)
    }

    /// Runs `twclone-admin`, and answers the most memory that it had.
    fn admin(&self, arguments: &[&str]) -> Result<u64, Failure> {
        let mut command: Command = program::command("twclone-admin", &self.folder)?;
        // With --json it draws nothing.
        let mut child = command.args(arguments).arg("--json").stdout(std::process::Stdio::null()).spawn()?;
        let mut most = 0;
        loop {
            match child.try_wait()? {
                // It may end before it is looked at.
                None => most = machine::memory(child.id()).map_or(most, |(_, peak)| most.max(peak)),
                Some(status) if status.success() => return Ok(most),
                Some(status) => return Err(format!("twclone-admin {arguments:?}: {status}").into()),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// How a caller proves who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Name and password, which the server has seen before.
    Basic,
    /// An access token.
    Token,
}

/// The callers, by person; those with tokens log in first.
pub fn callers(serving: &Serving, proof: Proof) -> Result<Vec<Caller>, Failure> {
    let mut connection = Connection::open(serving.port)?;
    (0..people::WITH_PASSWORD)
        .map(|person| {
            let basic = Caller::Basic(person);
            let credentials = json!({ "username": people::name(person), "password": people::password(person) });
            let session = connection.ask(&wire::post("/login", &basic, &credentials))?;
            let session: Value = serde_json::from_str(&session)?;
            let token = session["access_token"].as_str().ok_or("the login gave no token")?;
            Ok(if proof == Proof::Basic { basic } else { Caller::Token(token.to_owned()) })
        })
        .collect()
}

/// Requests that send messages, between any two.
#[must_use]
pub fn sends(callers: &[Caller]) -> Vec<Vec<u8>> {
    let drafts = (0..2_000).map(people::draft);
    drafts
        .filter_map(|draft| {
            let body = json!({ "to": people::name(draft.to), "msg": draft.text });
            Some(wire::post("/sendmsg", callers.get(usize::try_from(draft.from).ok()?)?, &body))
        })
        .collect()
}

/// Requests that reply in words to messages that were loaded.
#[must_use]
pub fn replies(callers: &[Caller]) -> Vec<Vec<u8>> {
    let letters = (0..1_000).map(people::letter);
    letters
        .filter_map(|letter| {
            let body = json!({ "to": people::name(letter.from), "msg": letter.text, "reply-to-id": letter.id });
            Some(wire::post("/replyto", callers.get(usize::try_from(letter.to).ok()?)?, &body))
        })
        .collect()
}

/// Requests that list the newest 20 messages that somebody received.
#[must_use]
pub fn lists(callers: &[Caller]) -> Vec<Vec<u8>> {
    let readers = people::readers().filter_map(|person| Some((person, callers.get(usize::try_from(person).ok()?)?)));
    readers.map(|(person, caller)| wire::get(&format!("/listmsg/{}", people::name(person)), caller)).collect()
}

//! The server, on a data folder of its own that `twclone-admin seed` filled.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::wire::{self, Caller, Connection};
use crate::subject::program::{self, Serving};
use crate::{Failure, machine, people};

/// A fan-out threshold at which authors with many followers are pushed, too.
pub const PUSHED_BELOW: u64 = 10_000;

/// A data folder.
#[derive(Debug, Clone)]
pub struct Data {
    /// Where it is.
    pub folder: PathBuf,
    /// How many messages were loaded.
    pub messages: u64,
}

/// The cost of loading messages.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// The time from the start of the command to its end.
    pub time: Duration,
    /// The most memory of the command, in bytes.
    pub memory: u64,
    /// The size of the data folder afterwards, in bytes.
    pub disk: u64,
}

impl Data {
    /// Creates a data folder with all people and a number of messages.
    pub fn make(folder: &Path, messages: u64) -> Result<(Self, Load), Failure> {
        let data = Self { messages, ..Self::of_people(folder, people::PEOPLE)? };
        let letters = folder.join("messages.jsonl");
        people::write_letters(&letters, messages)?;
        let begin = Instant::now();
        let memory = data.admin(&["seed", &letters.to_string_lossy()])?;
        let time = begin.elapsed();
        std::fs::remove_file(letters)?;
        let disk = machine::disk(&data.folder)?;
        Ok((data, Load { time, memory, disk }))
    }

    /// Creates a data folder with a number of people, and nothing else.
    pub fn of_people(folder: &Path, people: u64) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let accounts = folder.join("accounts.jsonl");
        people::write_accounts(&accounts, people)?;
        let data = Self { folder: folder.join("data"), messages: 0 };
        data.admin(&["init", "--no-seed"])?;
        data.admin(&["seed", &accounts.to_string_lossy()])?;
        std::fs::remove_file(accounts)?;
        Ok(data)
    }

    /// Returns the path of the file with the items.
    #[must_use]
    pub fn items(&self) -> PathBuf {
        self.folder.join("items.db")
    }

    /// Starts a server on the folder. Several may run at a time.
    pub fn serve(&self) -> Result<Serving, Failure> {
        Serving::start(program::command("twclone-server", &self.folder)?)
    }

    /// Starts one of the services alone, or the gateway.
    pub fn serve_part(&self, service: &str) -> Result<Serving, Failure> {
        let mut command = program::command("twclone-server", &self.folder)?;
        command.arg(service);
        Serving::start(command)
    }

    /// Starts a server that pushes the posts of all authors with fewer than [`PUSHED_BELOW`] followers.
    pub fn serve_pushing(&self) -> Result<Serving, Failure> {
        let mut command = program::command("twclone-server", &self.folder)?;
        command.env("TWCLONE_FAN_OUT_THRESHOLD", PUSHED_BELOW.to_string());
        Serving::start(command)
    }

    /// Returns how many jobs wait, according to `twclone-admin timelines lag`.
    pub fn told_lag(&self) -> Result<u64, Failure> {
        let mut command: Command = program::command("twclone-admin", &self.folder)?;
        let output = command.args(["timelines", "lag", "--json"]).output()?;
        let told: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("twclone-admin timelines lag: {}", String::from_utf8_lossy(&output.stderr)))?;
        Ok(told["waiting"].as_u64().ok_or("twclone-admin timelines lag tells no number")?)
    }

    /// Runs `twclone-admin`. Returns the most memory that it had, in bytes.
    fn admin(&self, arguments: &[&str]) -> Result<u64, Failure> {
        let mut command: Command = program::command("twclone-admin", &self.folder)?;
        let mut child = command.args(arguments).arg("--json").stdout(std::process::Stdio::null()).spawn()?;
        let mut most = 0;
        loop {
            match child.try_wait()? {
                // The process may end before its memory is read.
                None => most = machine::memory(child.id()).map_or(most, |(_, peak)| most.max(peak)),
                Some(status) if status.success() => return Ok(most),
                Some(status) => return Err(format!("twclone-admin {arguments:?}: {status}").into()),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The kind of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// User name and password, which the server has verified before.
    Basic,
    /// An access token.
    Token,
}

/// Returns the callers, by person. All of them log in first.
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

/// Returns requests that send messages between any two people.
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

/// Returns requests that reply with text to messages that were loaded.
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

/// Returns the requests of these readers for the newest 20 posts of their home timelines.
#[must_use]
pub fn homes(callers: &[Caller], readers: impl Iterator<Item = u64>) -> Vec<Vec<u8>> {
    let readers = readers.filter_map(|person| callers.get(usize::try_from(person).ok()?));
    readers.map(|caller| wire::get("/homeTimeline", caller)).collect()
}

/// Returns a request that creates a post.
#[must_use]
pub fn post(caller: &Caller, number: u64) -> Vec<u8> {
    wire::post("/postTweet", caller, &json!({ "tweet": people::draft(number).text }))
}

/// Returns requests that list the newest 20 messages that a person received.
#[must_use]
pub fn lists(callers: &[Caller]) -> Vec<Vec<u8>> {
    let readers = people::readers().filter_map(|person| Some((person, callers.get(usize::try_from(person).ok()?)?)));
    readers.map(|(person, caller)| wire::get(&format!("/listmsg/{}", people::name(person)), caller)).collect()
}

//! Who writes to whom: the same people and messages in every run.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use twclone_domain::Timestamp;

use crate::Failure;

/// How many people there are.
pub const PEOPLE: u64 = 1_000;
/// How many of them can log in, counted from the first. Hashing all passwords would take too long.
pub const WITH_PASSWORD: u64 = 64;
/// How many people write to each other more than anyone else: the first two.
const PAIR: u64 = 2;
/// How many people after them receive more than others, so that they have a page of 20 even in the smallest store.
const BUSY: u64 = 16;
/// 2026-01-01 in milliseconds: the time of the first message.
const BEGIN: i64 = 1_767_225_600_000;
/// Milliseconds between two messages.
const STEP: i64 = 10_000;
/// The text from which messages are cut.
const WORDS: &str = "the ball goes to the open man who never looks where he throws it and the clock says that there is \
                     time for one more pass before the corner three that wins it for us all over again";

/// A message to be written.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its id.
    pub id: i64,
    /// The sender.
    pub from: u64,
    /// The recipient.
    pub to: u64,
    /// The text.
    pub text: &'static str,
    /// The time, in milliseconds.
    pub sent: i64,
    /// The message that it replies to.
    pub reply_to: Option<i64>,
}

/// Returns the name of a person. Some scenarios make more than [`PEOPLE`].
#[must_use]
pub fn name(person: u64) -> String {
    format!("person{person:04}")
}

/// Returns the password of a person.
#[must_use]
pub fn password(person: u64) -> String {
    format!("the password of person {person}")
}

/// Returns the people who can log in and have a page of 20 in every store.
pub fn readers() -> impl Iterator<Item = u64> {
    0..PAIR + BUSY
}

/// Returns the message with this number. Every tenth is between the first two people, four of ten are to busy people,
/// and the others are between any two. Every tenth is a reply to the one ten before.
#[must_use]
pub fn letter(number: u64) -> Letter {
    let mut dice = Dice(number);
    let (from, to) = match number % 10 {
        0 if number.is_multiple_of(20) => (0, 1),
        0 => (1, 0),
        1..=4 => (dice.other_than(PAIR + busy(number)), PAIR + busy(number)),
        _ => {
            let from = dice.roll(PEOPLE);
            (from, dice.other_than(from))
        }
    };
    let reply_to = number.checked_sub(10).filter(|_| number.is_multiple_of(10)).map(id);
    Letter { id: id(number), from, to, text: text(&mut dice), sent: sent(number), reply_to }
}

/// Returns a message between any two people that is sent during a measurement. Its sender can log in.
#[must_use]
pub fn draft(number: u64) -> Letter {
    let mut dice = Dice(number ^ 0xd1ce);
    let from = dice.roll(WITH_PASSWORD);
    let to = dice.other_than(from);
    Letter { id: id(number), from, to, text: text(&mut dice), sent: sent(number), reply_to: None }
}

fn busy(number: u64) -> u64 {
    // The busy people receive messages in turn.
    (number / 10 * 4 + number % 10 - 1) % BUSY
}

fn sent(number: u64) -> i64 {
    BEGIN + i64::try_from(number).unwrap_or_default() * STEP
}

/// Returns an id as the server's generator makes it: milliseconds in the top 48 bits.
fn id(number: u64) -> i64 {
    sent(number) << 16
}

/// Returns a text of 20 to 140 characters.
fn text(dice: &mut Dice) -> &'static str {
    let length = usize::try_from(dice.roll(121)).unwrap_or_default() + 20;
    WORDS[..length].trim_end()
}

/// Writes the accounts of the first people as JSON Lines.
pub fn write_accounts(path: &Path, people: u64) -> Result<(), Failure> {
    write(path, (0..people).map(account))
}

/// Writes the first messages as JSON Lines.
pub fn write_letters(path: &Path, count: u64) -> Result<(), Failure> {
    write(path, (0..count).map(|number| record(&letter(number))))
}

fn write(path: &Path, records: impl Iterator<Item = Value>) -> Result<(), Failure> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    for record in records {
        writeln!(file, "{record}")?;
    }
    Ok(file.flush()?)
}

fn account(person: u64) -> Value {
    let name = name(person);
    let mut account = json!({ "id": person + 1, "username": name, "email": format!("{name}@example.com") });
    if person < WITH_PASSWORD {
        account["password"] = json!(password(person));
    }
    json!({ "account": account })
}

fn record(letter: &Letter) -> Value {
    let mut message = json!({
        "id": letter.id,
        "from": name(letter.from),
        "to": name(letter.to),
        "msg": letter.text,
        "sent-at": Timestamp::from_millis(letter.sent).to_string(),
    });
    if let Some(parent) = letter.reply_to {
        message["reply-to-id"] = json!(parent);
    }
    json!({ "message": message })
}

/// Pseudorandom numbers that are the same in every run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn other_than(&mut self, person: u64) -> u64 {
        (person + 1 + self.roll(PEOPLE - 1)) % PEOPLE
    }
}

//! Who follows whom, and what they post: the same in every run. Those of [`people`] who can log in read, or post
//! during a measurement. Those from [`AUTHORS`] on have posted before.

use crate::people;

/// The first person who has posted before the measurements.
pub const AUTHORS: u64 = 100;
/// How many entries of a home timeline the service keeps.
pub const KEPT: usize = 800;
/// 2026-01-01 in milliseconds: the time of the first post.
const BEGIN: i64 = 1_767_225_600_000;
/// Milliseconds between two posts.
const STEP: i64 = 10_000;
/// 2025-12-01 in milliseconds: the time of the first follow. Each later follow is one millisecond later.
const FOLLOWED: i64 = 1_764_547_200_000;

/// A post that exists before the measurements.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its id.
    pub id: i64,
    /// The author.
    pub author: u64,
    /// The text.
    pub text: &'static str,
    /// The time, in milliseconds.
    pub posted: i64,
}

/// Returns the post with this number, where `authors` authors post in turn.
#[must_use]
pub fn post(number: u64, authors: u64) -> Post {
    let posted = BEGIN + i64::try_from(number).unwrap_or_default() * STEP;
    Post { id: posted << 16, author: AUTHORS + number % authors, text: people::draft(number).text, posted }
}

/// Returns the id of the follow with this number.
#[must_use]
pub fn since(number: u64) -> i64 {
    (FOLLOWED + i64::try_from(number).unwrap_or_default()) << 16
}

/// Returns three people whom a person follows who only has to exist.
#[must_use]
pub fn some_others(person: u64, people: u64) -> [u64; 3] {
    [1, 7, people / 2].map(|apart| (person + apart) % people)
}

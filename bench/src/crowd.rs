//! Who follows whom, and what they post: the same in every run. In all of it those with the numbers of
//! [`people`] that can log in read, or post while it is measured; those from [`AUTHORS`] on have posted before.

use crate::people;

/// The first of those who have posted before anything is measured.
pub const AUTHORS: u64 = 100;
/// How many of a home timeline's entries the service keeps.
pub const KEPT: usize = 800;
/// 2026-01-01: when the first of them posted.
const BEGIN: i64 = 1_767_225_600_000;
/// Milliseconds from one post to the next.
const STEP: i64 = 10_000;
/// 2025-12-01: when the first began to follow somebody; each later one a millisecond later.
const FOLLOWED: i64 = 1_764_547_200_000;

/// A post that is there before anything is measured.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its id.
    pub id: i64,
    /// Who posted it.
    pub author: u64,
    /// What.
    pub text: &'static str,
    /// When, in milliseconds.
    pub posted: i64,
}

/// The post with this number, of so many authors who post in turn.
#[must_use]
pub fn post(number: u64, authors: u64) -> Post {
    let posted = BEGIN + i64::try_from(number).unwrap_or_default() * STEP;
    Post { id: posted << 16, author: AUTHORS + number % authors, text: people::draft(number).text, posted }
}

/// The id with which the follow with this number began.
#[must_use]
pub fn since(number: u64) -> i64 {
    (FOLLOWED + i64::try_from(number).unwrap_or_default()) << 16
}

/// Whom somebody follows who only has to be there: three others.
#[must_use]
pub fn some_others(person: u64, people: u64) -> [u64; 3] {
    [1, 7, people / 2].map(|apart| (person + apart) % people)
}

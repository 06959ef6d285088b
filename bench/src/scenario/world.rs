//! Data folders for the scenarios with timelines.

use std::ops::Range;

use super::{Stage, progress};
use crate::Failure;
use crate::load::wire::Connection;
use crate::subject::filler::Filler;
use crate::subject::opened::Opened;
use crate::subject::server::Data;

/// The largest number of followers of an author.
pub(super) const MOST: u64 = 5_000;
/// The followers of such an author. Authors with fewer followers have the first of them.
pub(super) const CROWD: Range<u64> = 500..500 + MOST;

/// Creates a folder with a number of people, and fills it.
pub(super) fn make(
    stage: &Stage<'_>,
    name: &str,
    people: u64,
    fill: impl FnOnce(&mut Filler) -> Result<(), Failure>,
) -> Result<Data, Failure> {
    progress(&format!("{name}: making {people} people, and whom they follow"));
    let data = Data::of_people(&stage.folder.join(name), people)?;
    // The work that a load leaves to be done must not run during a measurement.
    open(stage, &data, false)?.profiles_are_there(people)?;
    let mut filler = Filler::open(&data, stage.plan.clock.clone())?;
    fill(&mut filler)?;
    filler.finish()?;
    Ok(data)
}

/// Opens an installation in this process. It runs jobs if `working` is set.
pub(super) fn open(stage: &Stage<'_>, data: &Data, working: bool) -> Result<Opened, Failure> {
    Opened::open(data, working, stage.plan.clock.clone(), stage.plan.randomness.clone())
}

/// Sends a request, and returns the page. Fails if it does not have 20 posts.
pub(super) fn page_of_20(port: u16, request: &[u8]) -> Result<String, Failure> {
    let page = Connection::open(port)?.ask(request)?;
    let posts = page.matches("\"timestamp\"").count();
    if posts == 20 { Ok(page) } else { Err(format!("a page has {posts} posts and not 20").into()) }
}

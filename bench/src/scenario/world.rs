//! Data folders for what has to do with timelines.

use std::ops::Range;

use super::{Stage, progress};
use crate::Failure;
use crate::load::wire::Connection;
use crate::subject::filler::Filler;
use crate::subject::opened::Opened;
use crate::subject::server::Data;

/// How many follow those who have the most followers here.
pub(super) const MOST: u64 = 5_000;
/// Those who follow them; of whom fewer follow, the first of these.
pub(super) const CROWD: Range<u64> = 500..500 + MOST;

/// Makes a folder with so many people, and fills it.
pub(super) fn make(
    stage: &Stage<'_>,
    name: &str,
    people: u64,
    fill: impl FnOnce(&mut Filler) -> Result<(), Failure>,
) -> Result<Data, Failure> {
    progress(&format!("{name}: making {people} people, and whom they follow"));
    let data = Data::of_people(&stage.folder.join(name), people)?;
    // What is measured must not run beside what a load left to be done.
    open(stage, &data, false)?.profiles_are_there(people)?;
    let mut filler = Filler::open(&data, stage.plan.clock.clone())?;
    fill(&mut filler)?;
    filler.finish()?;
    Ok(data)
}

/// Opens an installation in this process.
pub(super) fn open(stage: &Stage<'_>, data: &Data, working: bool) -> Result<Opened, Failure> {
    Opened::open(data, working, stage.plan.clock.clone(), stage.plan.randomness.clone())
}

/// Sees to it that a request is answered with a page of 20 posts, which it gives.
pub(super) fn page_of_20(port: u16, request: &[u8]) -> Result<String, Failure> {
    let page = Connection::open(port)?.ask(request)?;
    let posts = page.matches("\"timestamp\"").count();
    if posts == 20 { Ok(page) } else { Err(format!("a page has {posts} posts and not 20").into()) }
}

//! What people do one after the other: person 0 reads, 1 writes, the others are there to be counted.

use super::play::{Play, Relate};

#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Post(usize),
    /// His oldest.
    Delete(usize),
    /// The newest post of person 1.
    Repost(usize),
    Relate(Relate, usize, usize),
    /// All jobs are done, and what is seen is compared.
    Drain,
}

pub(super) async fn act(play: &mut Play<'_>, acts: &[Act]) -> Result<(), String> {
    for act in acts {
        match *act {
            Act::Post(who) => play.post(who).await?,
            Act::Delete(who) => play.delete_oldest(who).await?,
            Act::Repost(who) => play.repost_newest(who).await?,
            Act::Relate(relate, one, other) => play.relate(relate, one, other).await?,
            Act::Drain => play.drain().await?,
        }
    }
    Ok(())
}

//! Scripts of actions. Account 0 reads and account 1 writes. The others mostly raise follower counts.

use super::play::{Play, Relate};

#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Post(usize),
    /// The oldest post of the account.
    Delete(usize),
    /// The newest post of account 1.
    Repost(usize),
    Relate(Relate, usize, usize),
    /// Runs all jobs, and compares what accounts see.
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

//! Compares what accounts see with the model.

use twclone_domain::{Error, Id};

use super::kit::by_name;
use super::left::brought;
use super::model::Person;
use super::play::{Play, said};

impl Play<'_> {
    /// Asserts that home timelines store no entry that is not for their reader. Do not use it after a pulled author
    /// has deleted a post: entries that were pushed earlier may stay.
    pub(super) async fn assert_brought(&self, told: &str) {
        for (number, reader) in self.people.iter().enumerate() {
            let (brought, wanted) = (brought(self.harness, reader.name().as_str()).await, self.model.home(number));
            let leaked = brought.iter().find(|post| !wanted.contains(post));
            assert_eq!(leaked, None, "{told}: it stands in the home timeline of {number}, and should not");
        }
    }

    /// Checks that no account sees a post that is not for it, and misses at most posts whose jobs have not run yet.
    pub(super) async fn look(&self) -> Result<(), String> {
        for (number, reader) in self.people.iter().enumerate() {
            let (seen, wanted) = (self.harness.home(reader, self.limit).await, self.model.home(number));
            if let Some(leak) = seen.iter().find(|post| !wanted.contains(post)) {
                return Err(format!("{number} is shown {leak}, and should see {wanted:?}"));
            }
            let may_wait = |post: &Id| {
                let author = self.model.posts[post].author;
                author != number && !self.model.fresh.contains(&(number, author))
            };
            if let Some(lost) = wanted.iter().find(|post| !seen.contains(post) && !may_wait(post)) {
                return Err(format!("{number} misses {lost} before the jobs are done, and sees {seen:?}"));
            }
        }
        self.compare_open().await
    }

    /// Checks that timelines and counts match the model.
    pub(super) async fn compare(&self) -> Result<(), String> {
        for (number, reader) in self.people.iter().enumerate() {
            let (seen, wanted) = (self.harness.home(reader, self.limit).await, self.model.home(number));
            same(&format!("the home timeline of {number}"), &seen, &wanted)?;
        }
        if self.brief {
            return Ok(());
        }
        self.compare_open().await?;
        for post in self.model.posts.keys() {
            let shown = self.harness.posts.get(None, *post).await.map_err(said)?.post;
            let counts = (shown.reposts, shown.comments);
            same(&format!("the counts of {post}"), &counts, &self.model.counts(*post))?;
        }
        let count = |of: &dyn Fn(Person) -> usize, person| of(person) as u64;
        for (number, person) in self.people.iter().enumerate() {
            let (_, counts) = self.harness.accounts.profile(None, &by_name(person)).await.map_err(said)?;
            let (follows, posts) = (&self.model.follows, &self.model.posts);
            let wanted = (
                count(&|person| follows.iter().filter(|(_, other)| *other == person).count(), number),
                count(&|person| follows.iter().filter(|(one, _)| *one == person).count(), number),
                count(&|person| posts.values().filter(|written| written.author == person).count(), number),
            );
            same(&format!("the counts of {number}"), &(counts.followers, counts.following, counts.posts), &wanted)?;
        }
        Ok(())
    }

    /// Compares the public timeline and the timelines of authors, which need no jobs.
    async fn compare_open(&self) -> Result<(), String> {
        let readers = self.people.iter().map(Some).enumerate().map(|(number, reader)| (Some(number), reader));
        for (number, reader) in readers.chain([(None, None)]) {
            let seen = self.harness.public(reader, self.limit, self.begun).await;
            same(&format!("the public timeline for {number:?}"), &seen, &self.model.public(number))?;
        }
        for (author, person) in self.people.iter().enumerate() {
            let number = (author + 1) % self.people.len();
            for (number, reader) in [(Some(number), Some(&self.people[number])), (None, None)] {
                let seen = match self.harness.user(reader, person, self.limit).await {
                    Ok(seen) => Some(seen),
                    Err(Error::NotFound(_)) => None,
                    Err(error) => return Err(said(error)),
                };
                let wanted = self.model.user(number, author);
                same(&format!("the posts of {author} for {number:?}"), &seen, &wanted)?;
            }
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, wanted: &T) -> Result<(), String> {
    if seen == wanted { Ok(()) } else { Err(format!("{what}: seen {seen:?}, wanted {wanted:?}")) }
}

//! An installation in this process, whose jobs run when the test says so, with accounts and what they see.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use item_store::Tables;
use item_store::api::{Direction, Item, Query, SortRange, Table};
use twclone_domain::accounts::{Caller, Origin, Password, Profile, SeedAccount};
use twclone_domain::posts::Shown;
use twclone_domain::{AccountReference, Clock, Error, Id, Installation, Page, PageRequest, Randomness};
use twclone_testkit::{Faults, World};

use super::pause::Pause;

/// Longer than any call takes, unless it hangs.
pub(super) const PATIENT: Duration = Duration::from_secs(30);
const PASSWORD: &str = "proof of 1991";

/// An open installation, with the faults that a test orders.
pub(super) struct Harness {
    pub(super) installation: Installation,
    pub(super) faults: Arc<Faults>,
    /// Wraps the faults.
    pub(super) pause: Arc<Pause>,
    /// The tables without faults and pauses.
    pub(super) tables: Tables,
}

impl Harness {
    /// Opens these stores. Does not start the job runner.
    pub(super) async fn open(world: &World, threshold: u64) -> Self {
        Self::open_by(world, threshold, Clock::system(), PATIENT).await
    }

    pub(super) async fn open_by(world: &World, threshold: u64, clock: Clock, deadline: Duration) -> Self {
        let tables = world.tables(PATIENT).await;
        let faults = Faults::around(tables.engine());
        let mut configuration = world.configuration();
        configuration.fan_out_threshold = threshold;
        let pause = Pause::around(Arc::clone(&faults) as _);
        let faulty = Tables::new(Arc::clone(&pause) as _, deadline);
        let installation =
            Box::pin(Installation::open_on(configuration, faulty, clock, Randomness::system())).await.unwrap();
        Self { installation, faults, pause, tables }
    }

    /// Creates this many accounts, and logs in to each.
    pub(super) async fn people(&self, count: usize) -> Vec<Caller> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let names: Vec<_> = (0..count).map(|_| format!("person_{}", COUNT.fetch_add(1, Ordering::Relaxed))).collect();
        let account = |name: &String| SeedAccount {
            id: None,
            profile: Profile {
                name: name.parse().unwrap(),
                email: format!("{name}@example.com").parse().unwrap(),
                full_name: None,
                biography: None,
            },
            password: Some(Password::new(PASSWORD.to_owned())),
            created_at: None,
        };
        let administrator = self.administrator();
        self.accounts.add(&administrator, names.iter().map(account).collect()).await.unwrap();
        let mut people = Vec::new();
        for name in names {
            people.push(self.log_in(&name).await.unwrap());
        }
        people
    }

    pub(super) async fn log_in(&self, name: &str) -> Result<Caller, Error> {
        let origin = Origin { request_id: "test".to_owned(), address: None, user_agent: None };
        self.accounts.authenticate(name, Password::new(PASSWORD.to_owned()), &origin).await
    }

    /// Returns every item of a partition, read directly from the tables.
    pub(super) async fn partition(&self, table: Table, partition: String) -> Vec<Arc<Item>> {
        let (range, direction) = (SortRange::All, Direction::Ascending);
        let mut query = Query { table, partition: partition.into(), range, direction, limit: 1_000, after: None };
        let mut items = Vec::new();
        loop {
            let page = self.tables.query(query.clone()).await.unwrap();
            items.extend(page.items);
            if page.next.is_none() {
                return items;
            }
            query.after = page.next;
        }
    }

    /// Runs all waiting jobs, and returns their number.
    pub(super) async fn drain(&self) -> u64 {
        self.timelines.catch_up(&self.administrator()).await.unwrap()
    }

    /// Returns an account's home timeline, read in pages of `limit`.
    pub(super) async fn home(&self, reader: &Caller, limit: usize) -> Vec<Id> {
        let page = async |request| self.timelines.home(reader, None, &request).await;
        walk(page, limit, None).await.unwrap()
    }

    /// Returns the public timeline since this id, as a reader sees it.
    pub(super) async fn public(&self, reader: Option<&Caller>, limit: usize, since: Id) -> Vec<Id> {
        let page = async |request| self.timelines.public(reader, &request).await;
        walk(page, limit, Some(since)).await.unwrap()
    }

    /// Returns the posts of an author, as a reader sees them.
    pub(super) async fn user(&self, reader: Option<&Caller>, author: &Caller, limit: usize) -> Result<Vec<Id>, Error> {
        let author = by_name(author);
        let page = async |request| self.timelines.user(reader, &author, &request).await;
        walk(page, limit, None).await
    }
}

impl Deref for Harness {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.installation
    }
}

pub(super) fn by_name(who: &Caller) -> AccountReference {
    AccountReference::Name(who.name().clone())
}

/// Returns the smallest id that can be generated from now on.
pub(super) fn now() -> Id {
    Id::new(Clock::system().now().millis() << 16).unwrap()
}

/// Reads a list from its first page to its last, or to the first post older than `since`. Asserts that each post is
/// newer than the next one, so none appears twice.
pub(super) async fn walk(
    page: impl AsyncFn(PageRequest) -> Result<Page<Shown>, Error>,
    limit: usize,
    since: Option<Id>,
) -> Result<Vec<Id>, Error> {
    let (mut found, mut request) =
        (Vec::<Id>::new(), PageRequest { limit: limit.to_string().parse().unwrap(), cursor: None });
    loop {
        let Page { items, next } = page(request.clone()).await?;
        assert!(items.len() <= limit, "{} on a page of {limit}", items.len());
        for shown in items {
            assert!(found.last().is_none_or(|last| *last > shown.post.id), "{} is not in order", shown.post.id);
            if since.is_some_and(|since| shown.post.id < since) {
                return Ok(found);
            }
            found.push(shown.post.id);
        }
        let Some(next) = next else { return Ok(found) };
        request.cursor = Some(next);
    }
}

//! Public profiles, in the table `graph`. They are copies of accounts in SQLite, for processes that do not open it. A
//! profile has the version of the account that it was written from, and an older version never overwrites it. Others
//! keep attributes of their own in the same item, such as counters. So it is updated, never replaced.

mod counting;

use std::sync::Arc;
use twclone_schema::{GRAPH, PLATFORM};

use compact_str::format_compact;

use super::jobs::Job;
use super::keys;
use crate::model::account::Counts;
use crate::model::account::{Account, AccountState};
use crate::{Error, Id, Username};
use item_store::Tables;
use item_store::api::{Action, Attributes, Change, Condition, Effect, Item, Key, StoreError, Value};

const ID: &str = "id";
const NAME: &str = "name";
const FULL_NAME: &str = "full";
const BIOGRAPHY: &str = "bio";
const CREATED_AT: &str = "created";
const STATE: &str = "state";
const VERSION: &str = "version";
/// Counters in the same item. An absent one is 0.
pub(super) const FOLLOWERS: &str = "followers";
pub(super) const FOLLOWING: &str = "following";
pub(super) const POSTS: &str = "posts";
/// The author's latest post, deleted or not. Absent before the first.
pub(super) const LATEST: &str = "latest";
/// Set if the author's posts are pulled, or will be soon. Absent if they are pushed.
pub(super) const FAN_OUT: &str = "fan-out";
/// Followed by the id of the job that tells the author's followers to pull.
const TURNING: &str = "turning";
const PULL: &str = "pull";
/// Set if the account is fenced, because it is deleted.
pub(super) const GONE: &str = "gone";

/// The attributes of a profile. Empty ones are left out, and so is the state of an active account.
const NAMES: [&str; 7] = [ID, NAME, FULL_NAME, BIOGRAPHY, CREATED_AT, STATE, VERSION];

/// Number of names looked up in one call, which is DynamoDB's limit.
const NAMES_PER_READ: usize = 100;
/// Number of items in a page of the doctor.
const PAGE: u32 = 500;

/// Reads and writes profiles.
#[derive(Debug, Clone)]
pub(crate) struct ProfileStore {
    tables: Tables,
}

/// How an author's posts reach followers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FanOut {
    /// They are pushed to each follower.
    Push,
    /// They are still pushed, while each follower is told to pull them.
    Turning,
    /// Each follower pulls them.
    Pull,
}

/// What determines how an author's posts reach followers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) fan_out: FanOut,
    /// Number of followers.
    pub(crate) followers: u64,
    /// The author's latest post, deleted or not.
    pub(crate) latest: Option<Id>,
}

/// The state of a job that tells an author's followers to pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turning {
    /// It begins.
    New,
    /// It began before, and continues where it was.
    Again,
    /// The job no longer exists.
    Over,
}

/// How a profile differs from its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// It does not exist.
    Missing,
    /// It has another version, or none.
    Version(Option<i64>),
    /// It has the account's version, but other contents.
    Otherwise(i64),
}

/// A page of the table, for the doctor.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    pub(crate) items: u64,
    /// The owners of profiles, and whether an account has written the profile.
    pub(crate) owners: Vec<(Username, bool)>,
    /// A line for each item of no known kind.
    pub(crate) unknown: Vec<String>,
    /// The key after which to continue.
    pub(crate) next: Option<Key>,
}

impl ProfileStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Writes the profile of an account, unless an equally new or newer one exists. Costs a transaction, and a second
    /// one if an item exists that is not older.
    pub(crate) async fn write(&self, account: &Account) -> Result<(), Error> {
        let older = Condition::AbsentOrLess(VERSION, Value::Number(account.profile_version));
        // A counter may have created the item before the profile was written.
        let _ = self.change(account, older).await? || self.change(account, Condition::AttributeAbsent(VERSION)).await?;
        Ok(())
    }

    /// Returns those of these names whose profile an account has written. Costs a batch get for each 100.
    pub(crate) async fn written(&self, names: &[Username]) -> Result<Vec<Username>, Error> {
        self.with_profiles(names, is_of_an_account).await
    }

    /// Returns those of these names whose accounts are fenced. Costs a batch get for each 100.
    pub(crate) async fn fenced(&self, names: &[Username]) -> Result<Vec<Username>, Error> {
        self.with_profiles(names, |attributes| attributes.contains_key(GONE)).await
    }

    async fn with_profiles(
        &self,
        names: &[Username],
        wanted: impl Fn(&Attributes) -> bool,
    ) -> Result<Vec<Username>, Error> {
        let mut found = Vec::new();
        for names in names.chunks(NAMES_PER_READ) {
            let items = self.tables.batch_get(GRAPH, names.iter().map(keys::profile).collect()).await?;
            let items: Vec<_> = items.iter().filter(|item| wanted(&item.attributes)).collect();
            let has_one = |name: &&Username| items.iter().any(|item| item.key == keys::profile(name));
            found.extend(names.iter().filter(has_one).cloned());
        }
        Ok(found)
    }

    /// Returns the counters of an account. Costs a read.
    pub(crate) async fn counts(&self, name: &Username) -> Result<Counts, Error> {
        let item = self.tables.get(GRAPH, keys::profile(name)).await?;
        let count = |name: &str| match item.as_ref().and_then(|item| item.attributes.get(name)) {
            Some(Value::Number(number)) => u64::try_from(*number).map_err(|_| StoreError::Corrupt(name.to_owned())),
            Some(_) => Err(StoreError::Corrupt(format!("the attribute {name} is of the wrong type"))),
            None => Ok(0),
        };
        Ok(Counts { followers: count(FOLLOWERS)?, following: count(FOLLOWING)?, posts: count(POSTS)? })
    }

    /// Returns how an author's posts reach followers. Costs a read.
    pub(crate) async fn reach(&self, author: &Username) -> Result<Reach, Error> {
        let item = self.tables.get(GRAPH, keys::profile(author)).await?;
        let attributes = item.as_ref().map(|item| &item.attributes);
        let attribute = |name: &str| attributes.and_then(|attributes| attributes.get(name));
        let number = |name: &str| match attribute(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let fan_out = match attribute(FAN_OUT) {
            None => FanOut::Push,
            Some(Value::Text(text)) if text == PULL => FanOut::Pull,
            Some(_) => FanOut::Turning,
        };
        let followers = number(FOLLOWERS).and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        Ok(Reach { fan_out, followers, latest: number(LATEST).and_then(Id::new) })
    }

    /// Switches an author's posts from pulling to pushing. Costs a transaction.
    pub(crate) async fn begin_push(&self, author: &Username) -> Result<(), Error> {
        let pulled = Condition::Equals(FAN_OUT, Value::text(PULL));
        self.act(keys::profile(author), pulled, Effect::Update(vec![Change::Remove(FAN_OUT)])).await.map(drop)
    }

    /// Records that a job tells an author's followers to pull, if the job still exists. Continuing a job that another
    /// process has ended would undo what came after it. Returns whether the job exists, and whether this was recorded
    /// before and nothing else since. Costs a read and a transaction.
    pub(crate) async fn begin_turn(&self, author: &Username, job: &Job) -> Result<Turning, Error> {
        let item = self.tables.get(GRAPH, keys::profile(author)).await?;
        let noted = item.is_some_and(|item| item.attributes.get(FAN_OUT) == Some(&turning(job)));
        let change = Change::Set(FAN_OUT, turning(job));
        let note = Action {
            table: GRAPH,
            key: keys::profile(author),
            conditions: Vec::new(),
            effect: Effect::Update(vec![change]),
        };
        let begun = self.with(note, job, Effect::Check).await?;
        Ok(match (begun, noted) {
            (false, _) => Turning::Over,
            (true, true) => Turning::Again,
            (true, false) => Turning::New,
        })
    }

    /// Switches an author's posts to pulling, and deletes the job that has told the followers, unless another job has
    /// begun to tell them meanwhile. Costs a transaction.
    pub(crate) async fn end_turn(&self, author: &Username, job: &Job) -> Result<(), Error> {
        let pull = Action {
            table: GRAPH,
            key: keys::profile(author),
            conditions: vec![Condition::Equals(FAN_OUT, turning(job))],
            effect: Effect::Update(vec![Change::Set(FAN_OUT, Value::text(PULL))]),
        };
        self.with(pull, job, Effect::Delete).await.map(drop)
    }

    /// Does an action, and an effect on a job, if the job still exists.
    async fn with(&self, action: Action, job: &Job, effect: Effect) -> Result<bool, Error> {
        let (table, key) = (PLATFORM, keys::entry(keys::jobs(job.shard), job.id));
        let job = Action { table, key, conditions: vec![Condition::Present], effect };
        match self.tables.transact(vec![action, job]).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns how the profiles of these accounts differ from them; at most 100.
    pub(crate) async fn differences(&self, accounts: &[Account]) -> Result<Vec<Option<Difference>>, Error> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let keys = accounts.iter().map(|account| keys::profile(&account.profile.name)).collect();
        let found = self.tables.batch_get(GRAPH, keys).await?;
        let of = |account: &Account| {
            found.iter().find(|item| item.key == keys::profile(&account.profile.name)).map(Arc::as_ref)
        };
        Ok(accounts.iter().map(|account| difference(account, of(account))).collect())
    }

    /// Repairs a profile, if it still differs as it was found. Returns whether it did.
    pub(crate) async fn mend(&self, account: &Account, difference: &Difference) -> Result<bool, Error> {
        let condition = match difference {
            Difference::Missing => Condition::Absent,
            Difference::Version(None) => Condition::AttributeAbsent(VERSION),
            Difference::Version(Some(version)) | Difference::Otherwise(version) => {
                Condition::Equals(VERSION, Value::Number(*version))
            }
        };
        self.change(account, condition).await
    }

    /// Deletes the profile of a name without an account. Returns whether it did.
    pub(crate) async fn remove(&self, name: &Username) -> Result<bool, Error> {
        self.act(keys::profile(name), Condition::Present, Effect::Delete).await
    }

    /// Reads a page of the table.
    pub(crate) async fn inspect(&self, after: Option<Key>) -> Result<Profiles, Error> {
        let page = self.tables.scan(GRAPH, after, PAGE).await?;
        let mut profiles = Profiles { next: page.next, items: page.items.len() as u64, ..Profiles::default() };
        for Item { key, attributes } in page.items {
            match keys::profile_owner(&key) {
                Some(owner) => profiles.owners.push((owner, is_of_an_account(&attributes))),
                None if keys::is_of_the_graph(&key) => {}
                None => profiles.unknown.push(format!("{} {} is an item of an unknown kind", key.partition, key.sort)),
            }
        }
        Ok(profiles)
    }

    async fn change(&self, account: &Account, condition: Condition) -> Result<bool, Error> {
        let mut profile = attributes(account);
        let changes = NAMES.map(|name| match profile.remove(name) {
            Some(value) => Change::Set(name, value),
            None => Change::Remove(name),
        });
        self.act(keys::profile(&account.profile.name), condition, Effect::Update(changes.into())).await
    }

    async fn act(&self, key: Key, condition: Condition, effect: Effect) -> Result<bool, Error> {
        let action = Action { table: GRAPH, key, conditions: vec![condition], effect };
        match self.tables.transact(vec![action]).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns whether an account has written this, or was deleted.
fn is_of_an_account(attributes: &Attributes) -> bool {
    attributes.contains_key(ID) || attributes.contains_key(GONE)
}

fn turning(job: &Job) -> Value {
    Value::Text(format_compact!("{TURNING} {}", job.id))
}

/// Encodes the profile of an account.
fn attributes(account: &Account) -> Attributes {
    let profile = &account.profile;
    let text = Value::text;
    let all = [
        (ID, Some(Value::Number(account.id.number()))),
        (NAME, Some(text(profile.name.as_str()))),
        (FULL_NAME, profile.full_name.as_ref().map(|name| text(name.as_str()))),
        (BIOGRAPHY, profile.biography.as_ref().map(|biography| text(biography.as_str()))),
        (CREATED_AT, Some(Value::Number(account.created_at.millis()))),
        (STATE, Some(text(account.state.as_str())).filter(|_| account.state != AccountState::Active)),
        (VERSION, Some(Value::Number(account.profile_version))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()
}

fn difference(account: &Account, found: Option<&Item>) -> Option<Difference> {
    let Some(found) = found else { return Some(Difference::Missing) };
    let wanted = attributes(account);
    match found.attributes.get(VERSION) {
        Some(Value::Number(version)) if *version == account.profile_version => {
            let same = NAMES.iter().all(|name| wanted.get(*name) == found.attributes.get(*name));
            (!same).then_some(Difference::Otherwise(*version))
        }
        Some(Value::Number(version)) => Some(Difference::Version(Some(*version))),
        _ => Some(Difference::Version(None)),
    }
}

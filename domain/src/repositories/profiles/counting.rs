use super::{FOLLOWERS, FOLLOWING, LATEST, POSTS, ProfileStore};
use crate::repositories::entries::{self, Part};
use crate::repositories::keys;
use crate::{Error, Id, Username};
use item_store::api::{Action, Attributes, Change, Condition, Effect, StoreError, Value};
use item_store::retry::RACES;
use twclone_schema::GRAPH;

/// The counters of a profile, and the lengths of its lists.
struct Tally {
    known: Attributes,
    found: [(&'static str, i64); 3],
    /// The newest existing post.
    latest: Option<i64>,
}

impl ProfileStore {
    /// Describes how the counters of a profile differ from the lists. Returns `None` if they agree. Costs a get, and
    /// a query for each 5,000 entries.
    pub(crate) async fn miscounted(&self, name: &Username) -> Result<Option<String>, Error> {
        let tally = self.tally(name).await?;
        let differing = tally.found.iter().filter_map(|(what, count)| {
            let known = match tally.known.get(*what) {
                None => 0,
                Some(Value::Number(known)) => *known,
                Some(_) => return Some(format!("{what} is no number")),
            };
            (known != *count).then(|| format!("{known} {what}, but there are {count}"))
        });
        let differing: Vec<_> = differing.collect();
        Ok((!differing.is_empty()).then(|| differing.join("; ")))
    }

    /// Sets the counters of a profile and its latest post from the lists, if the profile was lost or is wrong. Costs
    /// the reads of `miscounted`, and a transaction.
    pub(crate) async fn recount(&self, name: &Username) -> Result<(), Error> {
        for _ in 0..RACES {
            let Tally { known, found, latest } = self.tally(name).await?;
            // The latest post may be deleted.
            let latest = latest.max(match known.get(LATEST) {
                Some(Value::Number(latest)) => Some(*latest),
                _ => None,
            });
            let wanted = found.map(|(what, count)| (what, Some(count).filter(|count| *count > 0)));
            let wanted: Vec<_> = wanted.into_iter().chain([(LATEST, latest)]).collect();
            let conditions = wanted.iter().map(|(what, _)| match known.get(*what) {
                Some(value) => Condition::Equals(what, value.clone()),
                None => Condition::AttributeAbsent(what),
            });
            let changes = wanted.iter().map(|(what, number)| match number {
                Some(number) => Change::Set(what, Value::Number(*number)),
                None => Change::Remove(what),
            });
            let action = Action {
                table: GRAPH,
                key: keys::profile(name),
                conditions: conditions.collect(),
                effect: Effect::Update(changes.collect()),
            };
            match self.tables.transact(vec![action]).await {
                Ok(()) => return Ok(()),
                // The counters changed meanwhile.
                Err(StoreError::ConditionFailed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Overloaded)
    }

    async fn tally(&self, name: &Username) -> Result<Tally, Error> {
        let item = self.tables.get(GRAPH, keys::profile(name)).await?;
        let known = item.map(|item| item.attributes.clone()).unwrap_or_default();
        let graph = |list| Part::newest(GRAPH, list, None, usize::MAX).read(&self.tables);
        let posts = |list| Part::newest(twclone_schema::POSTS, list, None, usize::MAX).read(&self.tables);
        let authored = posts(keys::authored(name)).await?;
        let latest = authored.first().map(|item| entries::id(item)).transpose()?.map(Id::number);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let found = [
            (FOLLOWERS, count(graph(keys::followers(name)).await?.len())),
            (FOLLOWING, count(graph(keys::following(name)).await?.len())),
            (POSTS, count(authored.len() + posts(keys::commented(name)).await?.len())),
        ];
        Ok(Tally { known, found, latest })
    }
}

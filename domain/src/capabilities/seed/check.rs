mod social;

use compact_str::CompactString;
use std::collections::{BTreeMap, HashMap, HashSet};

use self::social::{Social, Stored};
use super::file::{self, Kind, Raw};
use super::record::{AccountRecord, MessageRecord, Words};
use super::source::Source;
use super::{Faults, Listener, Progress};
use crate::messages::Message;
use crate::shop::Product;
use crate::{AccountReference, Error, Fault, Id, Installation, OptionText, Username};

/// What a check finds out for the writing of records.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The accounts, with their places.
    pub(super) accounts: Vec<(String, AccountRecord)>,
    /// User names as their owners write them, by normalized name.
    names: BTreeMap<CompactString, Username>,
    /// What later records need to know of the file's messages.
    known: HashMap<Id, Known>,
    /// The user names in records, by number.
    people: Vec<Username>,
    /// The posts of the file, with the numbers of their authors.
    posts: HashMap<Id, u32>,
    /// The originals of those posts that are reposts.
    reposts: HashMap<Id, Id>,
    /// The stored posts that records refer to and that are not in the file.
    stored: HashMap<Id, Stored>,
    /// The number of messages.
    pub(super) messages: u64,
    /// The number of follows.
    pub(super) follows: u64,
    /// The number of posts.
    pub(super) all_posts: u64,
    /// The number of likes.
    pub(super) likes: u64,
    /// The number of products.
    pub(super) products: u64,
}

/// A message of the file, in as little memory as possible.
#[derive(Debug)]
struct Known {
    parties: Parties,
    answered_by: Option<Id>,
    options: Option<Box<[OptionText]>>,
}

/// The sender and the receiver of a message, by the number that each name has in this check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parties {
    from: u32,
    to: u32,
}

impl Checked {
    /// Returns the message of a checked record, as it is once the whole file is loaded.
    pub(super) fn message(&self, record: MessageRecord) -> Result<Message, Error> {
        let (text, quick_reply) = match record.words {
            Words::Text(text) => (text, None),
            Words::Choice(index) => {
                let question = record.reply_to.and_then(|question| self.known.get(&question));
                let option = question.and_then(|question| question.options.as_ref()?.get(index.0));
                let option = option.ok_or_else(|| Error::internal("the file changed while it was loaded"))?;
                (option.as_str().parse().map_err(Error::internal)?, Some(index.0))
            }
        };
        let owner = |name: &Username| self.owner(name);
        Ok(Message {
            id: record.id,
            from: owner(&record.from),
            to: owner(&record.to),
            text,
            sent_at: record.sent_at,
            read_at: record.read_at,
            reply_to: record.reply_to,
            quick_replies: record.quick_replies.map(Vec::from).unwrap_or_default(),
            quick_reply,
            answered_by: self.known.get(&record.id).and_then(|known| known.answered_by),
            sent_by: record.sent_by.as_ref().map(owner),
            sender_deleted: false,
            receiver_deleted: false,
        })
    }

    /// Returns a name as its owner writes it.
    fn owner(&self, name: &Username) -> Username {
        self.names.get(&name.key()).unwrap_or(name).clone()
    }

    fn records(&self) -> u64 {
        self.accounts.len() as u64 + self.messages + self.follows + self.all_posts + self.likes + self.products
    }
}

/// Checks a whole file, against itself and against what is stored.
pub(super) async fn check(
    installation: &Installation,
    source: &Source,
    listener: Listener<'_>,
) -> Result<Checked, Error> {
    let mut check = Check {
        installation,
        checked: Checked::default(),
        numbers: HashMap::new(),
        social: Social::default(),
        products: HashSet::new(),
        faults: Faults::default(),
    };
    check.accounts(source).await?;
    for kind in [Kind::Message, Kind::Follow, Kind::Post, Kind::Like, Kind::Product] {
        let mut pieces = file::read(source, kind);
        while let Some(piece) = pieces.recv().await {
            match piece {
                Ok(piece) => check.piece(kind, piece).await?,
                Err(error) => check.faults.add_of_file(error)?,
            }
            listener(Progress::Checking(check.checked.records()));
        }
    }
    check.faults.end()?;
    Ok(check.checked)
}

struct Check<'a> {
    installation: &'a Installation,
    checked: Checked,
    /// The number of each name; `None` if no account has it.
    numbers: HashMap<CompactString, Option<u32>>,
    social: Social,
    /// The products so far.
    products: HashSet<Id>,
    faults: Faults,
}

impl Check<'_> {
    async fn accounts(&mut self, source: &Source) -> Result<(), Error> {
        let mut ids = HashSet::new();
        let mut pieces = file::read(source, Kind::Account);
        while let Some(piece) = pieces.recv().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    self.faults.add_of_file(error)?;
                    continue;
                }
            };
            for raw in piece {
                let name = raw.fields.as_ref().ok().and_then(AccountRecord::name);
                let record = match raw.fields.and_then(AccountRecord::read) {
                    Ok(record) => record,
                    Err(error) => {
                        // Its name counts as known, so that messages that refer to it are not reported, too.
                        self.checked.names.extend(name.map(|name| (name.key(), name)));
                        self.faults.add(&raw.place, error)?;
                        continue;
                    }
                };
                let name = record.account.profile.name.clone();
                if self.checked.names.insert(name.key(), name).is_some() {
                    self.faults.add(&raw.place, Error::invalid("username", "appears earlier in this file"))?;
                }
                if record.account.id.is_some_and(|id| !ids.insert(id)) {
                    self.faults.add(&raw.place, Error::invalid("id", "appears earlier in this file"))?;
                }
                self.checked.accounts.push((raw.place, record));
            }
        }
        let mut strangers = Vec::new();
        let delegates: Vec<_> = self.checked.accounts.iter().enumerate().collect();
        for (place, (_, record)) in delegates {
            strangers.extend(record.delegates.iter().map(|delegate| (place, delegate.clone())));
        }
        for (place, delegate) in strangers {
            let (at, record) = &self.checked.accounts[place];
            let (at, own) = (at.clone(), record.account.profile.name == delegate);
            if own {
                self.faults.add(&at, Error::invalid("delegates", format!("{delegate} cannot be its own delegate")))?;
            } else if self.number(&delegate).await?.is_none() {
                self.faults.add(&at, Error::invalid("delegates", no_account(&delegate)))?;
            }
        }
        Ok(())
    }

    async fn piece(&mut self, kind: Kind, piece: Vec<Raw>) -> Result<(), Error> {
        match kind {
            Kind::Account => Ok(()),
            Kind::Message => self.messages(piece).await,
            Kind::Follow => self.follows(piece).await,
            Kind::Post => self.posts(piece).await,
            Kind::Like => self.likes(piece).await,
            Kind::Product => self.products(piece),
        }
    }

    fn products(&mut self, piece: Vec<Raw>) -> Result<(), Error> {
        for raw in piece {
            let checked = raw.fields.and_then(Product::read).and_then(|product| {
                let before = || Error::invalid("id", format!("{} appears earlier in this file", product.id));
                if self.products.insert(product.id) { Ok(()) } else { Err(before()) }
            });
            checked.or_else(|error| self.faults.add(&raw.place, error))?;
            self.checked.products += 1;
        }
        Ok(())
    }

    async fn messages(&mut self, piece: Vec<Raw>) -> Result<(), Error> {
        for raw in piece {
            let checked = match raw.fields.and_then(MessageRecord::read) {
                Ok(record) => self.message(record).await,
                Err(error) => Err(error),
            };
            checked.or_else(|error| self.faults.add(&raw.place, error))?;
        }
        Ok(())
    }

    async fn message(&mut self, record: MessageRecord) -> Result<(), Error> {
        let mut faults = Vec::new();
        let named = [("from", Some(&record.from)), ("to", Some(&record.to)), ("sent-by", record.sent_by.as_ref())];
        let parties = self.people(named, &mut faults).await?;
        if self.checked.known.contains_key(&record.id) {
            faults.push(Fault::new("id", format!("{} appears earlier in this file", record.id)));
        }
        if let ([from, to, ..], true) = (parties.as_slice(), faults.is_empty()) {
            let parties = Parties { from: *from, to: *to };
            match self.reply(&record, parties).await {
                Ok(()) => {}
                Err(Error::Invalid(found)) => faults.extend(found),
                Err(error) => return Err(error),
            }
            let options = record.quick_replies.map(|options| Vec::from(options).into_boxed_slice());
            self.checked.known.insert(record.id, Known { parties, answered_by: None, options });
        }
        self.checked.messages += 1;
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    /// Checks what a message replies to: it must be earlier in the file or stored. The question of a quick reply must
    /// be earlier in the file.
    async fn reply(&mut self, record: &MessageRecord, parties: Parties) -> Result<(), Error> {
        let Some(parent) = record.reply_to else { return Ok(()) };
        let fault = |text: String| Err(Error::invalid("reply-to-id", text));
        let turned = Parties { from: parties.to, to: parties.from };
        let Some(known) = self.checked.known.get_mut(&parent) else {
            let stored = self.installation.messages.get(parent).await?;
            let same = stored.is_some_and(|stored| stored.has_party(&record.from) && stored.has_party(&record.to));
            return match (same, &record.words) {
                (true, Words::Text(_)) => Ok(()),
                (true, Words::Choice(_)) => {
                    fault(format!("message {parent} must appear earlier in this file than its quick reply"))
                }
                (false, _) => fault(format!("there is no message {parent} between {} and {}", record.from, record.to)),
            };
        };
        if known.parties != parties && known.parties != turned {
            return fault(format!("message {parent} is not between {} and {}", record.from, record.to));
        }
        let Words::Choice(index) = &record.words else { return Ok(()) };
        let offered = known.options.as_ref().map_or(0, |options| options.len());
        if known.parties != turned {
            fault(format!("message {parent} is not from {} to {}", record.to, record.from))
        } else if let Some(answer) = known.answered_by {
            fault(format!("message {parent} is already answered, by message {answer}"))
        } else if index.0 >= offered {
            Err(Error::invalid("quick-reply", format!("{} is not offered: message {parent} offers {offered}", index.0)))
        } else {
            known.answered_by = Some(record.id);
            Ok(())
        }
    }

    /// Returns the numbers of those names that exist. Adds a fault for each of the others.
    async fn people<const N: usize>(
        &mut self,
        named: [(&str, Option<&Username>); N],
        faults: &mut Vec<Fault>,
    ) -> Result<Vec<u32>, Error> {
        let mut people = Vec::with_capacity(N);
        for (field, name) in named {
            let Some(name) = name else { continue };
            match self.number(name).await? {
                Some(number) => people.push(number),
                None => faults.push(Fault::new(field, no_account(name))),
            }
        }
        Ok(people)
    }

    async fn number(&mut self, name: &Username) -> Result<Option<u32>, Error> {
        let key = name.key();
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        if !self.checked.names.contains_key(&key) {
            let stored = self.installation.identity.account(&AccountReference::Name(name.clone())).await?;
            if let Some(stored) = stored {
                self.checked.names.insert(key.clone(), stored.account.profile.name);
            }
        }
        let next = u32::try_from(self.checked.people.len()).ok();
        let number = next.filter(|_| self.checked.names.contains_key(&key));
        if number.is_some() {
            self.checked.people.push(self.checked.owner(name));
        }
        self.numbers.insert(key, number);
        Ok(number)
    }
}

fn no_account(name: &Username) -> String {
    format!("there is no account {name}, neither in this file nor stored")
}

//! Small worlds for the property of visibility: random acts over HTTP, and a model of their effects.

use std::collections::BTreeSet;

use twclone_testkit::{Answer, Call, Client, Value, json};

use crate::people::{self, PASSWORD, text};

/// A random number generator that is reproducible by its seed (`SplitMix64`).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// Returns a number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

pub(super) struct Post {
    pub(super) id: String,
    pub(super) author: usize,
    /// A word that occurs nowhere else; `None` for a repost.
    pub(super) word: Option<String>,
    pub(super) original: Option<usize>,
    pub(super) parent: Option<usize>,
    pub(super) is_there: bool,
    pub(super) likes: BTreeSet<usize>,
}

/// A request that was sent and can be sent again with its idempotency key.
pub(super) struct Done {
    pub(super) who: usize,
    path: String,
    body: Value,
    key: String,
}

type Pairs = BTreeSet<(usize, usize)>;

/// The expected state of the world.
#[derive(Default)]
pub(super) struct Model {
    pub(super) people: Vec<String>,
    pub(super) gone: BTreeSet<usize>,
    pub(super) posts: Vec<Post>,
    pub(super) follows: Pairs,
    pub(super) blocks: Pairs,
    pub(super) mutes: Pairs,
    pub(super) grants: Pairs,
    /// Sender, recipient and the word of each message.
    pub(super) messages: Vec<(usize, usize, String)>,
    pub(super) done: Vec<Done>,
}

impl Done {
    pub(super) fn again(&self, server: &Client, people: &[String]) -> Answer {
        let call = server.post(&self.path, &self.body).header("Idempotency-Key", &self.key);
        call.basic(&people[self.who], PASSWORD).send()
    }
}

impl Model {
    /// Signs up accounts and lets them act at random.
    pub(super) fn of(server: &Client, seed: u64, people: usize, acts: usize) -> Self {
        let mut model =
            Self { people: (0..people).map(|_| people::sign_up(server, "pers")).collect(), ..Self::default() };
        let mut dice = Dice(seed);
        for who in 0..people {
            model.post(server, who, None);
        }
        for _ in 0..acts {
            model.act(server, &mut dice);
        }
        model
    }

    pub(super) fn blocks(&self, who: usize, whom: usize) -> bool {
        self.blocks.contains(&(who, whom))
    }

    fn ask(&self, who: usize, call: Call) -> Option<Answer> {
        let answer = call.basic(&self.people[who], PASSWORD).send();
        assert!(answer.status < 500, "{answer:?}");
        (answer.status < 300).then_some(answer)
    }

    /// Sends a request with an idempotency key and keeps it for a replay.
    fn keep(&mut self, server: &Client, who: usize, path: String, body: Value) -> Option<Answer> {
        let done = Done { who, path, body, key: format!("key-{}", self.done.len()) };
        let answer = done.again(server, &self.people);
        assert!(answer.status < 500, "{answer:?}");
        self.done.push(done);
        (answer.status < 300).then_some(answer)
    }

    fn post(&mut self, server: &Client, who: usize, parent: Option<usize>) {
        let word = format!("word{}w", self.posts.len());
        let (path, body) = match parent {
            None => ("/postTweet".to_owned(), json!({ "tweet": word })),
            Some(parent) => {
                let path = format!("/posts-api/v1/posts/{}/comments", self.posts[parent].id);
                (path, json!({ "content": word }))
            }
        };
        if let Some(answer) = self.keep(server, who, path, body) {
            // A comment on a repost belongs to its original.
            let parent = parent.map(|parent| self.posts[parent].original.unwrap_or(parent));
            self.add(answer, who, Some(word), None, parent);
        }
    }

    fn add(
        &mut self,
        answer: Answer,
        author: usize,
        word: Option<String>,
        original: Option<usize>,
        parent: Option<usize>,
    ) {
        let id = text(&answer.json()["id"]);
        if self.posts.iter().all(|post| post.id != id) {
            let likes = BTreeSet::new();
            self.posts.push(Post { id, author, word, original, parent, is_there: true, likes });
        }
    }

    fn act(&mut self, server: &Client, dice: &mut Dice) {
        let (who, whom) = (dice.below(self.people.len()), dice.below(self.people.len()));
        if self.gone.contains(&who) || who == whom {
            return;
        }
        let at = dice.below(self.posts.len());
        let (own, other, id) = (self.people[who].clone(), self.people[whom].clone(), self.posts[at].id.clone());
        let set = |method: &str, list: &str| server.call(method, &format!("/users/{own}/{list}/{other}"));
        let pair = (who, whom);
        match dice.below(24) {
            0..=3 => {
                if self.ask(who, server.call("POST", &format!("/user/follow?username={other}"))).is_some() {
                    self.follows.insert(pair);
                }
            }
            4..=6 => {
                if self.ask(who, set("PUT", "blocks")).is_some() {
                    self.blocks.insert(pair);
                    self.follows.remove(&pair);
                    self.follows.remove(&(whom, who));
                }
            }
            7 => {
                if self.ask(who, set("DELETE", "blocks")).is_some() {
                    self.blocks.remove(&pair);
                }
            }
            8 => {
                if self.ask(who, set("PUT", "mutes")).is_some() {
                    self.mutes.insert(pair);
                }
            }
            9..=10 => self.post(server, who, None),
            11..=13 => self.post(server, who, Some(at)),
            14..=16 => {
                if self.keep(server, who, format!("/tweet/id/{id}/like"), json!({})).is_some() {
                    // A like of a repost belongs to its original.
                    let liked = self.posts[at].original.unwrap_or(at);
                    self.posts[liked].likes.insert(who);
                }
            }
            17..=19 => {
                if let Some(answer) = self.keep(server, who, "/repost".to_owned(), json!({ "id": id })) {
                    let original = self.posts[at].original.unwrap_or(at);
                    self.add(answer, who, None, Some(original), None);
                }
            }
            20 => {
                let word = format!("letter{}w", self.messages.len());
                if self.keep(server, who, "/sendmsg".to_owned(), json!({"to": other, "msg": word})).is_some() {
                    self.messages.push((who, whom, word));
                }
            }
            21 => {
                let author = self.posts[at].author;
                let call = server.call("DELETE", &format!("/posts-api/v1/posts/{id}"));
                if !self.gone.contains(&author) && self.ask(author, call).is_some() {
                    self.posts[at].is_there = false;
                }
            }
            22 => {
                let call = set("PUT", "delegates").body("application/json", "{}");
                if self.ask(who, call).is_some() {
                    self.grants.insert(pair);
                }
            }
            _ => {
                // At most one account is deleted, because there are few.
                if self.gone.is_empty() && self.ask(who, server.call("DELETE", "/user/")).is_some() {
                    self.gone.insert(who);
                    self.posts.iter_mut().filter(|post| post.author == who).for_each(|post| post.is_there = false);
                }
            }
        }
    }
}

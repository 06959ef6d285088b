//! Property of all routes that read: they show and name exactly what a model of blocks, mutes and deletions predicts.

use std::collections::BTreeSet;

use twclone_testkit::{Answer, Client, World};

use super::worlds::Model;
use crate::people::{PASSWORD, UNLIMITED};

const SEEDS: [u64; 4] = [1, 7, 1991, 2026];
const PEOPLE: usize = 5;
const ACTS: usize = 110;

/// A reader by index, or `None` for an anonymous one.
type Reader = Option<usize>;

fn get(server: &Client, model: &Model, reader: Reader, path: &str) -> Answer {
    let call = server.get(path);
    let answer = match reader {
        Some(reader) => call.basic(&model.people[reader], PASSWORD).send(),
        None => call.send(),
    };
    assert!(answer.status < 500, "{path}: {answer:?}");
    answer
}

impl Model {
    fn active(&self) -> impl Iterator<Item = usize> {
        (0..self.people.len()).filter(|person| !self.gone.contains(person))
    }

    /// Returns whether an account that is requested by name exists for the reader.
    fn is_there(&self, reader: Reader, person: usize) -> bool {
        !self.gone.contains(&person) && reader.is_none_or(|reader| !self.blocks(person, reader))
    }

    /// Returns whether a list may name an account.
    fn is_named(&self, reader: Reader, person: usize) -> bool {
        self.is_there(reader, person) && reader.is_none_or(|reader| !self.blocks(reader, person))
    }

    fn is_heard(&self, reader: Reader, person: usize) -> bool {
        self.is_named(reader, person) && reader.is_none_or(|reader| !self.mutes.contains(&(reader, person)))
    }

    /// Returns whether a post is shown, given the list's rules for authors and for authors of originals.
    fn shows(&self, at: usize, author: impl Fn(usize) -> bool, original: impl Fn(usize) -> bool) -> bool {
        let post = &self.posts[at];
        let shows_original = |at: usize| self.posts[at].is_there && original(self.posts[at].author);
        post.is_there && author(post.author) && post.original.is_none_or(shows_original)
    }

    /// Returns the words of the posts on a list.
    fn words(&self, on_list: impl Fn(usize) -> bool) -> BTreeSet<&str> {
        let listed = (0..self.posts.len()).filter(|at| on_list(*at));
        listed.filter_map(|at| self.posts[self.posts[at].original.unwrap_or(at)].word.as_deref()).collect()
    }

    /// Returns the words in a response.
    fn words_in(&self, answer: &Answer) -> BTreeSet<&str> {
        self.posts.iter().filter_map(|post| post.word.as_deref()).filter(|word| answer.text.contains(word)).collect()
    }

    /// Returns the accounts that a response names.
    fn named_in(&self, answer: &Answer) -> BTreeSet<usize> {
        let named = |name: &str| {
            let letters = |text: &str| text.starts_with(|letter: char| letter.is_ascii_alphanumeric());
            answer.text.match_indices(name).any(|(at, _)| !letters(&answer.text[at + name.len()..]))
        };
        (0..self.people.len()).filter(|person| named(&self.people[*person])).collect()
    }
}

#[test]
fn what_is_read_is_what_a_model_of_blocks_mutes_and_deletions_says() {
    for seed in SEEDS {
        let world = World::new();
        let server = world.serve_with(&UNLIMITED);
        let model = Model::of(&server, seed, PEOPLE, ACTS);
        let readers = model.active().map(Some).chain([None]);
        for reader in readers {
            let check = Check { server: &server, model: &model, reader, seed };
            check.lists_for_all();
            (0..PEOPLE).for_each(|person| check.person(person));
            (0..model.posts.len()).for_each(|at| check.post(at));
            check.people(&["/users/all?limit=100", "/users/?limit=100"], &model.active().collect(), &[]);
            if let Some(own) = reader {
                check.own(own);
            }
        }
        for done in model.done.iter().filter(|done| !model.gone.contains(&done.who)) {
            let check = Check { server: &server, model: &model, reader: Some(done.who), seed };
            check.replayed(&done.again(&server, &model.people));
        }
    }
}

/// A reader's view of a world.
struct Check<'a> {
    server: &'a Client,
    model: &'a Model,
    reader: Reader,
    seed: u64,
}

impl Check<'_> {
    fn place(&self, path: &str) -> String {
        let reader = self.reader.map_or("nobody", |reader| &self.model.people[reader]);
        format!("seed {}, {path} for {reader}", self.seed)
    }

    fn get(&self, path: &str) -> Answer {
        get(self.server, self.model, self.reader, path)
    }

    /// Requests lists and checks that each shows exactly these posts; a list in pages of ten may show fewer. No list
    /// names a hidden account, except those in `asked_for`.
    fn posts(&self, paths: &[&str], on_list: impl Fn(usize) -> bool, asked_for: &[usize]) {
        let wanted = self.model.words(&on_list);
        // Some dialects show comments with a post.
        let heard = |author: usize| self.reader == Some(author) || self.model.is_heard(self.reader, author);
        let reposted =
            |at: usize| (0..self.model.posts.len()).any(|by| self.model.posts[by].original == Some(at) && on_list(by));
        let listed = |at: usize| on_list(at) || reposted(at);
        let is_beside =
            |at: usize| self.model.posts[at].parent.is_some_and(listed) && self.model.shows(at, heard, heard);
        let beside = self.model.words(is_beside);
        for path in paths {
            let answer = self.get(path);
            assert_eq!(answer.status, 200, "{}: {answer:?}", self.place(path));
            let mut found = self.model.words_in(&answer);
            found.retain(|word| wanted.contains(word) || !beside.contains(word));
            if path.contains("limit=") {
                assert_eq!(found, wanted, "{}: {}", self.place(path), answer.text);
            } else {
                assert!(found.is_subset(&wanted), "{}: {found:?} of {wanted:?}", self.place(path));
            }
            self.names(path, &answer, asked_for);
        }
    }

    /// Fails if the response names a hidden account.
    fn names(&self, path: &str, answer: &Answer, asked_for: &[usize]) {
        for named in self.model.named_in(answer) {
            let open = self.model.is_named(self.reader, named)
                || asked_for.contains(&named) && self.model.is_there(self.reader, named);
            assert!(open || self.reader == Some(named), "{} names {named}: {}", self.place(path), answer.text);
        }
    }

    /// Requests lists of accounts and checks that each names exactly these members, except hidden ones.
    fn people(&self, paths: &[&str], members: &BTreeSet<usize>, beside: &[usize]) {
        let own = |person: usize| self.reader == Some(person);
        let is_open = |person: &usize| self.model.is_named(self.reader, *person) || own(*person);
        let wanted: BTreeSet<_> = members.iter().copied().filter(is_open).collect();
        for path in paths {
            let answer = self.get(path);
            assert_eq!(answer.status, 200, "{}: {answer:?}", self.place(path));
            let mut named = self.model.named_in(&answer);
            named.retain(|person| wanted.contains(person) || !beside.contains(person));
            assert!(named.is_superset(&wanted), "{} misses {wanted:?}: {}", self.place(path), answer.text);
            assert_eq!(named, wanted, "{}: {}", self.place(path), answer.text);
        }
    }

    fn lists_for_all(&self) {
        let model = self.model;
        let heard = |author: usize| self.reader == Some(author) || model.is_heard(self.reader, author);
        let is_comment = |at: usize| model.posts[at].parent.is_some();
        let public = |at: usize| !is_comment(at) && model.shows(at, heard, heard);
        self.posts(
            &["/publicTimeline?limit=100", "/allposts/?limit=100", "/tweets?limit=100", "/tweets?page=1"],
            public,
            &[],
        );
        let Some(own) = self.reader else { return };
        let brought = |author: usize| author == own || model.follows.contains(&(own, author)) && heard(author);
        let home = |at: usize| !is_comment(at) && model.shows(at, brought, heard);
        let paths =
            ["/homeTimeline?limit=100", "/posts/home?limit=100", "/posts-api/v1/feed?limit=100", "/timeline/home"];
        self.posts(&paths, home, &[]);
    }

    /// Checks every route about an account.
    fn person(&self, person: usize) {
        let (model, name) = (self.model, &self.model.people[person]);
        let of_posts = [
            format!("/userTimeline?username={name}&limit=100"),
            format!("/users/{name}?limit=100"),
            format!("/posts/{name}?limit=100"),
            format!("/users-api/v1/users/{name}/posts?limit=100"),
            format!("/tweets/{name}?limit=100"),
            format!("/tweets/{name}?page=1"),
            format!("/timeline/user?username={name}"),
        ];
        let followers = [
            format!("/users-api/v1/users/{name}/followers?limit=100"),
            format!("/followers/{name}?limit=100"),
            format!("/followers/?username={name}&limit=100"),
        ];
        let following = format!("/users-api/v1/users/{name}/following?limit=100");
        let profile = format!("/user/data/{name}");
        let paths = |paths: &[String]| paths.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
        let all = [paths(&of_posts), paths(&followers), vec![following.clone(), profile.clone()]].concat();
        if self.reader != Some(person) && !model.is_there(self.reader, person) {
            for path in all {
                let told = self.get(&path);
                assert_eq!(told.status, 404, "{}: {told:?}", self.place(&path));
                let nowhere = self.get(&path.replace(name.as_str(), "nobody_there"));
                let detail =
                    |answer: &Answer, name: &str| answer.problem(404)["detail"].as_str().unwrap().replace(name, "");
                assert_eq!(detail(&told, name), detail(&nowhere, "nobody_there"), "{}", self.place(&path));
            }
            return;
        }
        let is_own = |author: usize| self.reader == Some(author);
        let own = |at: usize| {
            let original = |author: usize| is_own(author) || model.is_named(self.reader, author);
            model.posts[at].parent.is_none() && model.shows(at, |author| author == person, original)
        };
        self.posts(&of_posts.each_ref().map(String::as_str), own, &[person]);
        let who = |pairs: fn(&Model) -> &BTreeSet<(usize, usize)>, of: fn((usize, usize)) -> (usize, usize)| {
            let pairs = pairs(model).iter().map(|pair| of(*pair));
            pairs.filter(|(one, _)| *one == person).map(|(_, other)| other).collect::<BTreeSet<_>>()
        };
        let fans = who(|model| &model.follows, |(fan, followed)| (followed, fan));
        self.people(&followers.each_ref().map(String::as_str), &fans, &[person]);
        self.people(&[&following], &who(|model| &model.follows, |pair| pair), &[person]);
        self.names(&profile, &self.get(&profile), &[person]);
    }

    /// Checks every route about a post.
    fn post(&self, at: usize) {
        let (model, post) = (self.model, &self.model.posts[at]);
        let is_own = |author: usize| self.reader == Some(author);
        let there = |author: usize| is_own(author) || model.is_there(self.reader, author);
        let named = |author: usize| is_own(author) || model.is_named(self.reader, author);
        let id = &post.id;
        let comments = format!("/posts-api/v1/posts/{id}/comments?limit=100");
        let single = [format!("/tweet/id/{id}"), format!("/tweet/{id}"), format!("/posts-api/v1/posts/{id}")];
        let other = [format!("/posts-api/v1/posts/{id}/history"), format!("/allposts/?id={id}")];
        let is_open = model.shows(at, there, named);
        // For a repost, the comments of its original are shown.
        let commented = Some(post.original.unwrap_or(at));
        let heard = |author: usize| is_own(author) || model.is_heard(self.reader, author);
        let is_comment = |other: usize| model.posts[other].parent == commented && model.shows(other, heard, heard);
        for path in single.iter().chain(&other) {
            let answer = self.get(path);
            if is_open && single.contains(path) {
                assert_eq!(answer.status, 200, "{}: {answer:?}", self.place(path));
            } else if !is_open {
                assert_eq!(answer.status, 404, "{}: {answer:?}", self.place(path));
            }
            let wanted = model.words(|other| is_open && (other == at || is_comment(other)));
            let found = model.words_in(&answer);
            assert!(found.is_subset(&wanted), "{}: {found:?} of {wanted:?}", self.place(path));
            self.names(path, &answer, &[post.author]);
        }
        let answer = self.get(&comments);
        let wanted = model.words(is_comment);
        let found = model.words_in(&answer);
        let all = is_open && post.original.is_none();
        assert!(
            if all { found == wanted } else { found.is_subset(&wanted) },
            "{}: {wanted:?}: {answer:?}",
            self.place(&comments)
        );
        self.names(&comments, &answer, &[post.author]);
        if is_open && post.original.is_none() {
            let reposted = model.posts.iter().filter(|repost| repost.original == Some(at) && repost.is_there);
            let fans = post.likes.iter().copied().chain(reposted.map(|repost| repost.author)).collect();
            self.people(&[&single[0]], &fans, &[post.author]);
        }
    }

    /// Checks what only the reader sees.
    fn own(&self, own: usize) {
        let (model, name) = (self.model, &self.model.people[own]);
        for (list, pairs) in [("blocks", &model.blocks), ("mutes", &model.mutes), ("delegates", &model.grants)] {
            let answer = self.get(&format!("/users/{name}/{list}?limit=100"));
            let mut named = model.named_in(&answer);
            named.remove(&own);
            let wanted = pairs.iter().filter(|(who, whom)| *who == own && !model.gone.contains(whom));
            assert_eq!(named, wanted.map(|(_, whom)| *whom).collect(), "{}: {answer:?}", self.place(list));
        }
        let letters = self.get(&format!("/listmsg/{name}?box=all&limit=100"));
        for (from, to, word) in &model.messages {
            assert_eq!(letters.text.contains(word), [from, to].contains(&&own), "{}: {letters:?}", self.place(word));
        }
        assert_eq!(model.words_in(&letters), BTreeSet::new());
        // Messages exchanged with deleted accounts stay, too, so only active accounts are checked.
        for other in model.active().filter(|other| *other != own) {
            let exchanged = |pair: &(usize, usize, String)| [(own, other), (other, own)].contains(&(pair.0, pair.1));
            let with = self.get(&format!("/listmsg/{name}?box=all&with={}", model.people[other]));
            let is_there = model.is_there(self.reader, other) || model.messages.iter().any(exchanged);
            assert_eq!(with.status == 200, is_there, "{}: {with:?}", self.place("with"));
        }
    }

    /// Checks that a replayed response shows only what the reader may see now.
    fn replayed(&self, answer: &Answer) {
        let (model, own) = (self.model, self.reader);
        assert!(answer.status < 500, "{answer:?}");
        let is_own = |author: usize| own == Some(author);
        let there = |author: usize| is_own(author) || model.is_there(own, author);
        let open = model.words(|at| {
            let post = &model.posts[at];
            is_own(post.author) && post.word.is_some() || model.shows(at, there, there)
        });
        let found = model.words_in(answer);
        assert!(found.is_subset(&open), "{}: {answer:?}", self.place("a replay"));
        // Messages name the accounts that exchanged them, even after blocks and deletions.
        if model.messages.iter().any(|(_, _, word)| answer.text.contains(word)) {
            return;
        }
        let mut named = model.named_in(answer);
        named.retain(|person| !there(*person));
        assert!(named.is_empty() || answer.status == 404, "{} names {named:?}: {answer:?}", self.place("a replay"));
    }
}

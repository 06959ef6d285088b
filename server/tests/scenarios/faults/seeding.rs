use std::path::{Path, PathBuf};
use std::sync::Arc;

use twclone_domain::seed::{self, Report};
use twclone_domain::{Clock, Error, Installation};
use twclone_testkit::{Faults, Value, World, json};

use super::agreement::{Messages, agreed};
use super::kit::{Faulty, PATIENT, at_every_call, faults, is_clear, open, runtime};

/// Returns a message of a seed file, by its place. Messages with the same base belong together.
fn message(base: i64, place: i64, more: &Value) -> Value {
    let (from, to) = if place % 2 == 0 { ("jordan", "kobe") } else { ("kobe", "jordan") };
    let mut message = json!({"id": base + place, "from": from, "to": to, "sent-at": "2026-03-01T08:00:00Z"});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

fn question(base: i64) -> Value {
    message(base, 0, &json!({"msg": "Well?", "quick-replies": ["Yes", "No"]}))
}

fn answer(base: i64) -> Value {
    message(base, 1, &json!({"quick-reply": 1, "reply-to-id": base}))
}

fn rest(base: i64) -> [Value; 3] {
    [
        message(base, 2, &json!({"msg": "plain"})),
        message(base, 3, &json!({"msg": "a reply", "reply-to-id": base + 2})),
        message(base, 4, &json!({"msg": "And now?", "quick-replies": ["Yes", "No"], "reply-to-id": base + 3})),
    ]
}

struct Loader {
    installation: Arc<Installation>,
    faults: Arc<Faults>,
    runtime: tokio::runtime::Runtime,
}

impl Loader {
    /// Opens a loader beside the server of this world, on the same stores.
    fn new(world: &World) -> Self {
        let runtime = runtime();
        let (faults, installation) = runtime.block_on(async {
            let faults = Faults::around(world.tables(PATIENT).await.engine());
            let opened = open(world.configuration(), Arc::clone(&faults), PATIENT, Clock::system()).await;
            (faults, Arc::new(opened.unwrap()))
        });
        Self { installation, faults, runtime }
    }

    fn load(&self, file: &Path) -> Result<Report, Error> {
        let (installation, file) = (Arc::clone(&self.installation), file.to_owned());
        // A separate task confines a panic.
        let load = self
            .runtime
            .spawn(async move { seed::load(&installation, &installation.administrator(), &file, &|_| {}).await });
        self.runtime.block_on(load).unwrap_or_else(|panic| Err(Error::internal(panic.to_string())))
    }
}

fn file(world: &World, base: i64, messages: &[Value]) -> PathBuf {
    world.file(&format!("{base}.json"), &json!({ "messages": messages }).to_string())
}

/// Loads a file with a fault at every call in turn, and then once more. `before` is loaded first.
fn twice(before: fn(i64) -> Vec<Value>, messages: fn(i64) -> Vec<Value>) {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    let loader = Loader::new(&world);
    let (mut base, mut failed) = (1_000, 0);
    at_every_call(faults(), |nth, fault, _| {
        base += 10;
        let story = format!("{fault:?} at call {nth}");
        loader.load(&file(&world, base, &before(base))).unwrap();
        let messages = messages(base);
        let (file, all) = (file(&world, base, &messages), messages.len() as u64);
        loader.faults.at(nth, fault.clone());
        let first = loader.load(&file);
        let met = loader.faults.end() > 0;
        loader.faults.release();
        match first {
            Ok(_) if !met => return false,
            Ok(report) => assert_eq!(report.refused(), 0, "{story}: {report:?}"),
            Err(error) => {
                assert!(is_clear(&error), "{story}: {error:?}");
                failed += 1;
            }
        }
        let second = loader.load(&file).unwrap();
        assert_eq!(second.messages.created + second.messages.unchanged, all, "{story}: {second:?}");
        let found: Messages = agreed(&server, base, &story);
        let wanted = before(base).into_iter().chain(messages).map(|message| message["id"].as_i64().unwrap());
        let mut wanted: Vec<_> = wanted.collect();
        wanted.sort_unstable();
        wanted.dedup();
        assert_eq!(found.into_keys().collect::<Vec<_>>(), wanted, "{story}");
        assert_eq!(loader.load(&file).unwrap().messages.unchanged, all, "{story}");
        true
    });
    assert!(failed > 3, "only {failed} loads failed");
}

#[test]
fn a_load_is_gone_on_with() {
    twice(|_| Vec::new(), |base| [question(base), answer(base)].into_iter().chain(rest(base)).collect());
}

/// A message that is there is changed by an answer in a later file.
#[test]
fn a_load_that_answers_what_is_there_is_gone_on_with() {
    twice(|base| vec![question(base)], |base| vec![question(base), answer(base)]);
}

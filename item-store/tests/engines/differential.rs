//! Random sequences of calls. Every engine has to return the same as a model of DynamoDB, and so the same as the
//! others. `bench/differential` plays 10,000 of them on both engines.

mod call;
mod concurrent;
mod differences;
mod generate;
mod model;
mod play;
mod rules;
mod values;

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use item_store::api::StoreError;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use self::call::readable;
use self::play::{Stop, Summary, play};
use super::{TestEngine, engines};

/// Number of sequences, unless the environment sets another one.
const SEQUENCES: u64 = 200;
/// Number of attempts if an engine times out.
const ATTEMPTS: u32 = 5;

#[test]
fn random_sequences_do_the_same_on_every_engine() {
    let sequences = setting("TWCLONE_TEST_SEQUENCES").unwrap_or(SEQUENCES);
    // The same sequences each time, so that no change fails by chance.
    let seed = setting("TWCLONE_TEST_SEED").unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let engines = runtime.block_on(with_tables());
    let (summary, plays) = (RefCell::new(Summary::default()), Cell::new(0_u32));
    let config = Config {
        cases: u32::try_from(sequences).unwrap(),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let played = TestRunner::new(config).run(&generate::sequence(), |calls| {
        for _ in 0..ATTEMPTS {
            plays.set(plays.get() + 1);
            let prefix = format!("{:08x}", plays.get());
            let ended = runtime.block_on(play(&engines, &prefix, &calls, &mut summary.borrow_mut()));
            match ended {
                Ok(()) => return Ok(()),
                Err(Stop::Wrong(text)) => return Err(TestCaseError::fail(text)),
                Err(Stop::Late) => summary.borrow_mut().late += 1,
            }
        }
        Err(TestCaseError::fail("an engine had no time"))
    });
    let summary = summary.into_inner();
    let names: Vec<_> = engines.iter().map(|engine| engine.name).collect();
    eprintln!("seed {seed}, on {}: {}", names.join(" and "), told(&summary));
    match played {
        Ok(()) => assert_meets_everything(&summary),
        Err(TestError::Fail(reason, calls)) => panic!("{reason}\nseed {seed}, shortest sequence:\n{}", lines(&calls)),
        Err(error) => panic!("{error}"),
    }
}

async fn with_tables() -> Vec<TestEngine> {
    let engines = engines().await;
    for engine in &engines {
        let mut made = engine.tables.create_tables().await;
        // A server that has just been started is slow at first.
        for _ in 1..ATTEMPTS {
            if made == Err(StoreError::Timeout) {
                made = engine.tables.create_tables().await;
            }
        }
        made.unwrap();
    }
    engines
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| value.parse().unwrap())
}

fn lines(calls: &[call::Call]) -> String {
    calls.iter().enumerate().fold(String::new(), |mut text, (place, call)| {
        writeln!(text, "{place}: {}", readable(call)).unwrap();
        text
    })
}

fn told(summary: &Summary) -> String {
    let calls: u64 = summary.answers.values().sum();
    let mut text = format!("{} sequences, {calls} calls", summary.sequences);
    for ((call, answer), count) in &summary.answers {
        write!(text, "\n  {count:>8} {call}: {answer}").unwrap();
    }
    if summary.late > 0 {
        write!(text, "\n  {:>8} begun again: an engine had no time", summary.late).unwrap();
    }
    if summary.permitted > 0 {
        write!(text, "\n  {:>8} permitted: nothing behind a full page", summary.permitted).unwrap();
    }
    for (reason, count) in &summary.left_out {
        write!(text, "\n  {count:>8} left out: {reason}").unwrap();
    }
    text
}

/// Asserts that all kinds of results occurred. Sequences without failed conditions or full pages would prove little.
fn assert_meets_everything(summary: &Summary) {
    let answers = [
        ("get", &["nothing", "found"][..]),
        ("batch_get", &["nothing", "found", "refused"]),
        ("batch_get_across", &["nothing", "found", "found in several tables", "refused"]),
        ("query", &["nothing", "found", "a full page", "refused"]),
        ("transact", &["written", "condition failed", "refused"]),
        ("batch_write", &["written", "refused"]),
    ];
    for (call, answers) in answers {
        for answer in answers {
            let count = summary.answers.get(&(call, *answer)).copied().unwrap_or_default();
            assert!(summary.sequences < SEQUENCES || count > 0, "no {call} was answered: {answer}");
        }
    }
}

//! Random sequences of actions, after which every account sees what it should. A failing sequence is shrunk to the
//! shortest one that fails.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use twclone_testkit::World;

use super::kit::Harness;
use super::play::{Play, Step, step};

/// The highest follower count from which posts are pulled. Low, so that authors cross it in both directions.
const THRESHOLDS: usize = 6;

#[test]
fn everybody_sees_what_he_should_whatever_people_do() {
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let seed = setting("TWCLONE_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let worlds: Vec<_> = (0..THRESHOLDS).map(|_| World::new()).collect();
    // Calls to a server take several milliseconds, so the test makes fewer of them.
    let usual = if worlds[0].is_embedded() { 60 } else { 4 };
    let cases = setting("TWCLONE_TEST_SEQUENCES").map_or(usual, |cases| cases.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut harnesses = Vec::new();
    for (world, threshold) in worlds.iter().zip(1..) {
        harnesses.push(runtime.block_on(Harness::open(world, threshold)));
    }
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    };
    let sequences = (0..THRESHOLDS, 2..8_usize, 1..5_usize, vec(step(), 40..=60));
    let played = TestRunner::new(config).run(&sequences, |(harness, people, limit, steps)| {
        let played = runtime.block_on(async {
            let mut play = Play::new(&harnesses[harness], people, limit).await;
            for (place, step) in steps.iter().chain([&Step::Drain]).enumerate() {
                play.step(step).await.map_err(|wrong| format!("after step {place}: {wrong}"))?;
            }
            Ok(())
        });
        played.map_err(|wrong: String| TestCaseError::fail(wrong))
    });
    match played {
        Ok(()) => {}
        Err(TestError::Fail(reason, (harness, people, limit, steps))) => {
            let lines = steps.iter().enumerate().fold(String::new(), |mut text, (place, step)| {
                writeln!(text, "{place}: {step:?}").unwrap();
                text
            });
            panic!("{reason}\nseed {seed}, threshold {}, {people} people, {limit} posts a page:\n{lines}", harness + 1);
        }
        Err(error) => panic!("{error}"),
    }
}

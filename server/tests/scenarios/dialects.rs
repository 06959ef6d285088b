//! Each dialect works alone, and all work together.

use rocket::{Build, Config, Rocket, Route};
use twclone_domain::{Clock, Installation, Randomness};
use twclone_server::app;
use twclone_testkit::World;

fn rocket(installation: Installation) -> Rocket<Build> {
    let config = Config { log_level: rocket::config::LogLevel::Off, ..Config::release_default() };
    rocket::custom(config).manage(installation)
}

/// Mounts the routes without listening. Rocket checks for collisions and for missing state.
async fn ignite(world: &World, name: &str, routes: Vec<Route>) {
    let count = routes.len();
    assert!(count > 0, "{name} has no routes");
    let installation = Installation::open(world.configuration(), Clock::system(), Randomness::system()).await.unwrap();
    match rocket(installation).mount("/", routes).ignite().await {
        Ok(rocket) => {
            assert_eq!(rocket.routes().count(), count, "{name}");
            rocket.state::<Installation>().unwrap().close().await.unwrap();
        }
        Err(error) => panic!("{name}: {:?}", error.kind()),
    }
}

#[tokio::test]
async fn each_dialect_stands_alone() {
    let world = World::new();
    for (name, routes) in app::dialects() {
        ignite(&world, name, routes).await;
    }
}

#[tokio::test]
async fn all_dialects_stand_together() {
    let world = World::new();
    let all: Vec<_> = app::dialects().into_iter().flat_map(|(_, routes)| routes).collect();
    // The other routes are the operational ones. Every other test mounts all of them.
    assert!(all.len() < app::table().len());
    ignite(&world, "all", all).await;
}

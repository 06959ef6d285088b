//! Each dialect stands alone, and all stand together.

use rocket::{Build, Config, Rocket, Route};
use twclone_domain::{Clock, Installation, Randomness};
use twclone_server::app;
use twclone_testkit::World;

fn rocket(installation: Installation) -> Rocket<Build> {
    let config = Config { log_level: rocket::config::LogLevel::Off, ..Config::release_default() };
    rocket::custom(config).manage(installation)
}

/// Mounts them without listening; Rocket looks for collisions, and for what the routes need and nobody gave.
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
    // What is more are the routes of those who watch over the service; any other story begins with all of them.
    assert!(all.len() < app::table().len());
    ignite(&world, "all", all).await;
}

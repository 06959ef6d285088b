//! Refresh tokens over time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use twclone_domain::accounts::{Origin, Password, Profile, Register};
use twclone_domain::{Clock, Error, Installation, Randomness, Timestamp};
use twclone_testkit::World;

/// An installation with a session of one account, and a clock that the test advances.
struct Harness {
    _world: World,
    installation: Box<Installation>,
    now: Arc<AtomicI64>,
}

fn nowhere() -> Origin {
    Origin { request_id: "test".to_owned(), address: None, user_agent: None }
}

impl Harness {
    /// Opens the installation, and returns the first refresh token.
    async fn open() -> (Self, String) {
        let world = World::new();
        let now = Arc::new(AtomicI64::new(Clock::system().now().millis()));
        let told = Arc::clone(&now);
        let clock = Clock::new(move || Timestamp::from_millis(told.load(Ordering::Relaxed)));
        let opening = Installation::open(world.configuration(), clock, Randomness::system());
        let installation = Box::new(Box::pin(opening).await.unwrap());
        let profile = Profile {
            name: "mj".parse().unwrap(),
            email: "mj@example.com".parse().unwrap(),
            full_name: None,
            biography: None,
        };
        let password = Password::new("proof of 1991".to_owned());
        let accounts = &installation.accounts;
        accounts.register(Register { profile, password: password.clone() }, None, &nowhere()).await.unwrap();
        let caller = accounts.authenticate("mj", password, &nowhere()).await.unwrap();
        let first = accounts.log_in(&caller).await.unwrap().refresh_token;
        (Self { _world: world, installation, now }, first)
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    async fn refresh(&self, token: &str) -> Result<String, Error> {
        let tokens = self.installation.accounts.refresh(token, &nowhere()).await?;
        assert!(self.installation.accounts.authenticate_token(&tokens.access_token, &nowhere()).await.is_ok());
        Ok(tokens.refresh_token)
    }

    async fn is_over(&self, token: &str) {
        let refused = self.refresh(token).await;
        assert!(matches!(refused, Err(Error::BadRefreshToken)), "{refused:?}");
    }
}

#[tokio::test]
async fn the_token_replaced_last_gives_its_successor_again_for_30_s() {
    let (harness, first) = Harness::open().await;
    let second = harness.refresh(&first).await.unwrap();
    assert_ne!(first, second);
    harness.pass(29);
    assert_eq!(harness.refresh(&first).await.unwrap(), second);
    // Returning the successor again does not extend the time.
    harness.pass(1);
    harness.is_over(&first).await;
    harness.is_over(&second).await;
}

#[tokio::test]
async fn a_token_gives_nothing_once_its_successor_is_used() {
    let (harness, first) = Harness::open().await;
    let second = harness.refresh(&first).await.unwrap();
    let third = harness.refresh(&second).await.unwrap();
    // The second token was replaced last. The first one is older, so it is refused even within 30 s.
    assert_eq!(harness.refresh(&second).await.unwrap(), third);
    harness.is_over(&first).await;
    harness.is_over(&third).await;
}

#[tokio::test]
async fn a_successor_that_was_given_twice_goes_on() {
    let (harness, first) = Harness::open().await;
    let second = harness.refresh(&first).await.unwrap();
    assert_eq!(harness.refresh(&first).await.unwrap(), second);
    harness.pass(31);
    let third = harness.refresh(&second).await.unwrap();
    harness.pass(10);
    harness.refresh(&third).await.unwrap();
}

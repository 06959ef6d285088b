//! Edge tokens over time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use twclone_domain::accounts::{Caller, NewAppPassword, Origin, Password, Profile, Register, Scope};
use twclone_domain::{Clock, Error, Installation, PageRequest, Randomness, Timestamp};
use twclone_testkit::World;

/// Two processes on the same stores, with a clock that the test advances. The gateway issues tokens, and the one
/// behind it verifies them.
struct Harness {
    _world: World,
    gateway: Installation,
    behind: Installation,
    now: Arc<AtomicI64>,
}

impl Harness {
    async fn open() -> Self {
        let world = World::new();
        let now = Arc::new(AtomicI64::new(Clock::system().now().millis()));
        let clock = || {
            let now = Arc::clone(&now);
            Clock::new(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
        };
        let open = || Installation::open(world.configuration(), clock(), Randomness::system());
        let (gateway, behind) = (open().await.unwrap(), open().await.unwrap());
        let profile = Profile {
            name: "mj".parse().unwrap(),
            email: "mj@example.com".parse().unwrap(),
            full_name: None,
            biography: None,
        };
        gateway.accounts.register(Register { profile, password: password() }, None, &nowhere()).await.unwrap();
        Self { _world: world, gateway, behind, now }
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    async fn prove(&self, password: Password) -> Caller {
        self.gateway.accounts.authenticate("mj", password, &nowhere()).await.unwrap()
    }

    async fn token(&self, password: Password) -> String {
        let issued = self.gateway.accounts.issue_edge_token(&self.prove(password).await).await.unwrap();
        assert_eq!(issued.expires_in, 300);
        issued.token
    }

    async fn show(&self, token: &str) -> Result<Caller, Error> {
        let shown = self.behind.accounts.authenticate_edge_token(token, &nowhere()).await;
        shown.inspect_err(|error| assert!(matches!(error, Error::BadToken), "{error:?}"))
    }

    async fn app_password(&self, scope: Option<Scope>, expires_at: Option<Timestamp>) -> Password {
        let new = NewAppPassword { name: "bot".parse().unwrap(), scope, expires_at };
        let owner = self.prove(password()).await;
        Password::new(self.gateway.accounts.add_app_password(&owner, new, None).await.unwrap().1)
    }
}

fn password() -> Password {
    Password::new("proof of 1991".to_owned())
}

fn nowhere() -> Origin {
    Origin { request_id: "test".to_owned(), address: None, user_agent: None }
}

#[tokio::test]
async fn a_token_counts_for_five_minutes_whichever_key_signs_meanwhile() {
    let harness = Harness::open().await;
    let (seen, unseen) = (harness.token(password()).await, harness.token(password()).await);
    harness.show(&seen).await.unwrap();
    harness.gateway.accounts.rotate_keys(&harness.gateway.administrator()).await.unwrap();
    harness.pass(299);
    harness.show(&seen).await.unwrap();
    // This token was never verified before, and its key is retired.
    harness.show(&unseen).await.unwrap();
    // Clocks may differ by 5 s.
    harness.pass(6);
    for token in [&seen, &unseen] {
        harness.show(token).await.unwrap_err();
    }
    harness.show(&harness.token(password()).await).await.unwrap();
}

#[tokio::test]
async fn a_token_ends_with_its_app_password() {
    let harness = Harness::open().await;
    let short = harness.app_password(None, Some(harness.now().plus_millis(60_000))).await;
    let token = harness.token(short).await;
    harness.show(&token).await.unwrap();
    harness.pass(59);
    harness.show(&token).await.unwrap();
    harness.pass(1);
    harness.show(&token).await.unwrap_err();
    // A second attempt has the same result.
    harness.show(&token).await.unwrap_err();
}

#[tokio::test]
async fn who_shows_one_is_who_proved_the_password() {
    let harness = Harness::open().await;
    for secret in [password(), harness.app_password(Some(Scope::Read), None).await] {
        let proved = harness.prove(secret.clone()).await;
        let shown = harness.show(&harness.token(secret).await).await.unwrap();
        assert_eq!((shown.account(), shown.session()), (proved.account(), None));
        let sees_all = |caller: &Caller| caller.sees_all_of(proved.account());
        assert!(sees_all(&shown) && sees_all(&proved));
    }
}

#[tokio::test]
async fn one_neither_logs_in_nor_administers_an_account() {
    let harness = Harness::open().await;
    for secret in [password(), harness.app_password(None, None).await] {
        let shown = harness.show(&harness.token(secret).await).await.unwrap();
        let accounts = &harness.behind.accounts;
        let new = NewAppPassword { name: "more".parse().unwrap(), scope: None, expires_at: None };
        let refused = [
            accounts.log_in(&shown).await.err(),
            accounts.issue_edge_token(&shown).await.err(),
            accounts.sessions(&shown, &PageRequest::default()).await.err(),
            accounts.add_app_password(&shown, new, None).await.err(),
            accounts.delete(&shown, None).await.err(),
            harness.behind.registry.list_for(&shown).await.err(),
        ];
        for (place, refused) in refused.into_iter().enumerate() {
            assert!(matches!(refused, Some(Error::Forbidden(_))), "{place}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn no_token_is_taken_for_one_of_the_other_kind() {
    let harness = Harness::open().await;
    let (edge, accounts) = (harness.token(password()).await, &harness.behind.accounts);
    let access = accounts.log_in(&harness.prove(password()).await).await.unwrap().access_token;
    // Also after the token was verified as its own kind.
    for _ in 0..2 {
        assert!(matches!(accounts.authenticate_token(&edge, &nowhere()).await, Err(Error::BadToken)));
        harness.show(&access).await.unwrap_err();
        accounts.authenticate_token(&access, &nowhere()).await.unwrap();
        harness.show(&edge).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_gives_none() {
    let harness = Harness::open().await;
    let tokens = harness.gateway.accounts.log_in(&harness.prove(password()).await).await.unwrap();
    let caller = harness.behind.accounts.authenticate_token(&tokens.access_token, &nowhere()).await.unwrap();
    assert!(caller.session().is_some());
    let refused = harness.behind.accounts.issue_edge_token(&caller).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

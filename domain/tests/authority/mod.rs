//! A caller's authentication may be revoked by other requests before it is used. Each write checks it again.

use tempfile::TempDir;
use twclone_domain::accounts::{
    AccountState, Caller, Limits, NewAppPassword, NewGrant, Origin, Part, Password, Profile, SeedAccount, SignUps,
    Update,
};
use twclone_domain::{AccountReference, Clock, Configuration, Engine, Error, Installation, PageRequest, Randomness};

const PASSWORD: &str = "three plain words";

struct World {
    installation: Installation,
    _folder: TempDir,
}

fn nowhere() -> Origin {
    Origin { request_id: "test".to_owned(), address: None, user_agent: None }
}

fn reference(name: &str) -> AccountReference {
    AccountReference::Name(name.parse().unwrap())
}

impl World {
    async fn with_ann_and_bob() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = Configuration {
            data_folder: folder.path().join("data"),
            engine: Engine::Embedded,
            table_prefix: String::new(),
            bcrypt_cost: 4,
            limits: Limits::default(),
            sign_ups: SignUps::Open,
            fan_out_threshold: 5_000,
            create_tables: true,
        };
        let installation = Installation::open(configuration, Clock::system(), Randomness::system()).await.unwrap();
        let account = |name: &str| SeedAccount {
            id: None,
            profile: Profile {
                name: name.parse().unwrap(),
                email: format!("{name}@example.com").parse().unwrap(),
                full_name: None,
                biography: None,
            },
            password: Some(Password::new(PASSWORD.to_owned())),
            created_at: None,
        };
        let administrator = installation.administrator();
        installation.accounts.add(&administrator, vec![account("ann"), account("bob")]).await.unwrap();
        Self { installation, _folder: folder }
    }

    async fn ann(&self) -> Caller {
        self.installation.accounts.authenticate("ann", Password::new(PASSWORD.to_owned()), &nowhere()).await.unwrap()
    }

    /// Returns Ann, authenticated with a session's token.
    async fn ann_by_session(&self) -> Caller {
        let tokens = self.installation.accounts.log_in(&self.ann().await).await.unwrap();
        self.installation.accounts.authenticate_token(&tokens.access_token, &nowhere()).await.unwrap()
    }

    /// Attempts every write that callers can make to their own account. Returns the results by name.
    async fn write_everything(&self, caller: &Caller) -> Vec<(&'static str, Result<(), Error>)> {
        let accounts = &self.installation.accounts;
        let biography = || Update { biography: Part::New("still here".parse().unwrap()), ..Update::default() };
        let own = || Some(Password::new(PASSWORD.to_owned()));
        let password = || Update {
            password: Some("another plain phrase".parse().unwrap()),
            current_password: own(),
            ..Update::default()
        };
        let app = NewAppPassword { name: "bot".parse().unwrap(), scope: None, expires_at: None };
        let bob = reference("bob");
        let session = caller.session().unwrap_or(caller.account().id);
        vec![
            ("a biography", accounts.update(caller, None, biography()).await.map(drop)),
            ("a password", accounts.update(caller, None, password()).await.map(drop)),
            ("an app password", accounts.add_app_password(caller, app, None).await.map(drop)),
            ("an app password revoked", accounts.revoke_app_password(caller, caller.account().id).await),
            ("a delegate", accounts.put_delegate(caller, &reference("ann"), &bob, NewGrant::default()).await.map(drop)),
            ("a delegate less", accounts.take_delegate(caller, &reference("ann"), &bob).await),
            ("a session ended", accounts.end_session(caller, session).await),
            ("a deletion", accounts.delete(caller, own()).await),
        ]
    }

    async fn refuses(&self, why: &str, caller: &Caller) {
        for (what, written) in self.write_everything(caller).await {
            // A session also needs the current password, which may have changed.
            let refused = match &written {
                Err(Error::WrongCredentials) => true,
                Err(Error::Forbidden(_)) => caller.session().is_some(),
                _ => false,
            };
            assert!(refused, "{why}: {what}: {written:?}");
        }
        if caller.session().is_none() {
            let begun = self.installation.accounts.log_in(caller).await;
            assert!(matches!(begun, Err(Error::WrongCredentials)), "{why}: a session: {begun:?}");
        }
    }
}

#[tokio::test]
async fn another_password_ends_what_was_proved_before() {
    let world = World::with_ann_and_bob().await;
    let accounts = &world.installation.accounts;
    let (stale, session) = (world.ann().await, world.ann_by_session().await);
    let new = Password::new("owner plain phrase".to_owned());
    accounts
        .update(&world.ann().await, None, Update { password: Some(new.clone()), ..Update::default() })
        .await
        .unwrap();
    world.refuses("by password", &stale).await;
    world.refuses("by session", &session).await;
    // The owner's new password counts, and the refused writes stored nothing.
    let owner = accounts.authenticate("ann", new, &nowhere()).await.unwrap();
    assert_eq!(accounts.app_passwords(&owner, &PageRequest::default()).await.unwrap().items.len(), 0);
    assert_eq!(owner.account().profile.biography, None);
}

#[tokio::test]
async fn a_session_that_ended_writes_nothing() {
    let world = World::with_ann_and_bob().await;
    let session = world.ann_by_session().await;
    world.installation.accounts.end_session(&world.ann().await, session.session().unwrap()).await.unwrap();
    world.refuses("an ended session", &session).await;
    world.ann().await;
}

#[tokio::test]
async fn a_deleted_account_stays_as_it_is() {
    let world = World::with_ann_and_bob().await;
    let accounts = &world.installation.accounts;
    let (stale, session) = (world.ann().await, world.ann_by_session().await);
    accounts.delete(&world.ann().await, None).await.unwrap();
    world.refuses("by password", &stale).await;
    world.refuses("by session", &session).await;
    let administrator = world.installation.administrator();
    let (account, delegates) = accounts.show(&administrator, &reference("ann")).await.unwrap();
    assert_eq!((account.state, account.profile.biography, delegates.len()), (AccountState::Deleted, None, 0));
    // The role of a deleted account cannot be set, either.
    let role = accounts.set_role(&administrator, &reference("ann"), twclone_domain::accounts::Role::Admin).await;
    assert!(matches!(role, Err(Error::Conflict(_))), "{role:?}");
}

#[tokio::test]
async fn a_disabled_account_orders_nothing() {
    let world = World::with_ann_and_bob().await;
    let (accounts, administrator) = (&world.installation.accounts, world.installation.administrator());
    let stale = world.ann().await;
    for enabled in [false, true] {
        accounts.set_enabled(&administrator, &reference("ann"), enabled).await.unwrap();
        world.refuses("disabled, or enabled again", &stale).await;
    }
}

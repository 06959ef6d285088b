//! Disk faults in the file of accounts: whichever byte changes, no account is taken for another or for a missing one,
//! unless the doctor finds the fault.

mod audit;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, functions};
use twclone_domain::accounts::{Account, Delegate, Limits, NewGrant, Origin, Password, Profile, SeedAccount, SignUps};
use twclone_domain::{
    AccountReference, Clock, Configuration, Engine, Error, Id, Installation, PageRequest, Randomness, Username, doctor,
};

const PEOPLE: usize = 90;
/// Number of bytes that are changed, each in its own copy.
const FLIPS: usize = 150;

fn configuration(folder: &Path) -> Configuration {
    Configuration {
        data_folder: folder.to_owned(),
        engine: Engine::Embedded,
        table_prefix: String::new(),
        bcrypt_cost: 4,
        limits: Limits::default(),
        sign_ups: SignUps::Open,
        fan_out_threshold: 5_000,
        create_tables: true,
    }
}

async fn opened(folder: &Path) -> Result<Installation, Error> {
    Installation::open(configuration(folder), Clock::system(), Randomness::system()).await
}

fn name(place: usize) -> Username {
    // Names sort in another order than ids.
    format!("person{:03}", place * 37 % PEOPLE).parse().unwrap()
}

fn account(place: usize) -> SeedAccount {
    let name = name(place);
    SeedAccount {
        id: Id::new(1_000_000 + i64::try_from(place).unwrap()),
        profile: Profile {
            email: format!("{name}@example.com").parse().unwrap(),
            full_name: None,
            // Long, so that most of the file is rows, not the headers of tables.
            biography: place.is_multiple_of(3).then(|| format!("I am {name}. ").repeat(30).parse().unwrap()),
            name,
        },
        password: (place < 2).then(|| password(place)),
        created_at: None,
    }
}

fn nowhere() -> Origin {
    Origin { request_id: "test".to_owned(), address: None, user_agent: None }
}

fn password(place: usize) -> Password {
    Password::new(format!("the password of {place}"))
}

/// All accounts, with their delegates. Each account except the first has the one created before it as its delegate.
type People = Vec<(Account, Vec<Delegate>)>;

async fn made(folder: &Path) -> People {
    let installation = opened(folder).await.unwrap();
    let (accounts, administrator) = (&installation.accounts, installation.administrator());
    accounts.add(&administrator, (0..PEOPLE).map(account).collect()).await.unwrap();
    let reference = |place| AccountReference::Name(name(place));
    for place in 1..PEOPLE {
        accounts
            .add_delegate(&administrator, &reference(place), &reference(place - 1), NewGrant::default())
            .await
            .unwrap();
    }
    let mut people = Vec::new();
    for place in 0..PEOPLE {
        people.push(accounts.show(&administrator, &reference(place)).await.unwrap());
    }
    assert!(people[1..].iter().all(|(_, delegates)| delegates.len() == 1));
    installation.close().await.unwrap();
    people
}

/// Wrong results, and the number of reads that failed because the file is damaged.
#[derive(Debug, Default)]
struct Seen {
    untrue: Vec<String>,
    refused: usize,
}

impl Seen {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: Result<T, Error>, wanted: &T) {
        match found {
            Err(Error::Internal(_) | Error::Unavailable(_)) => self.refused += 1,
            Ok(found) if found == *wanted => {}
            found => self.untrue.push(format!("{what}: {found:?}")),
        }
    }
}

fn shown(account: Account) -> String {
    format!("{account:?}")
}

/// Reads everything about the accounts.
async fn ask(installation: &Installation, people: &People) -> Seen {
    let (accounts, administrator) = (&installation.accounts, installation.administrator());
    let mut seen = Seen::default();
    for (account, delegates) in people {
        let name = &account.profile.name;
        let wanted = (shown(account.clone()), delegates.clone());
        for reference in [AccountReference::Name(name.clone()), AccountReference::Id(account.id)] {
            let found = accounts.show(&administrator, &reference).await;
            seen.compare("shown", found.map(|(account, delegates)| (shown(account), delegates)), &wanted);
        }
    }
    for place in 0..2 {
        let caller = accounts.authenticate(name(place).as_str(), password(place), &nowhere()).await;
        seen.compare("who", caller.map(|caller| caller.name().clone()), &name(place));
    }
    let mut wanted: Vec<_> = people.iter().map(|(account, _)| shown(account.clone())).collect();
    wanted.reverse();
    let request = PageRequest { limit: "100".parse().unwrap(), cursor: None };
    let page = accounts.list_all(&administrator, &request).await;
    seen.compare("all", page.map(|page| page.items.into_iter().map(shown).collect()), &wanted);
    let page = accounts.list(None, &request).await;
    seen.compare("active", page.map(|page| page.items.into_iter().map(shown).collect()), &wanted);
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_that_is_another_is_found_and_never_taken_for_somebody() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, copy) = (folder.path().join("whole"), folder.path().join("copy"));
    let people = Box::pin(made(&whole)).await;
    assert!(!whole.join("identity.db-wal").exists(), "the log was left");
    let sound = fs::read(whole.join("identity.db")).unwrap();
    let (mut refused, mut found, mut harmless, mut astray) = (0, 0, 0, 0);
    for flip in 0..FLIPS {
        // Spread over the file, and the same in each run.
        let place = (flip * 7_919 + flip * flip * 31) % sound.len();
        let _ = fs::remove_dir_all(&copy);
        assert!(Command::new("cp").arg("-r").args([&whole, &copy]).status().unwrap().success());
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << (flip % 8);
        fs::write(copy.join("identity.db"), &bytes).unwrap();
        let checks = doctor::examine(&configuration(&copy), false, &Clock::system(), &Randomness::system()).await;
        let Ok(installation) = opened(&copy).await else {
            refused += 1;
            continue;
        };
        let seen = ask(&installation, &people).await;
        let faults = &checks[0].faults;
        let at = format!("byte {place} (page {}, {}): {seen:?}; {faults:?}", place / 4096 + 1, place % 4096);
        match (seen.untrue.is_empty(), seen.refused, faults.is_empty()) {
            (true, 0, true) => harmless += 1,
            (true, _, _) => found += 1,
            (false, _, true) => panic!("overlooked by the doctor: {at}"),
            (false, ..) => {
                eprintln!("{at}");
                astray += 1;
            }
        }
    }
    eprintln!(
        "{FLIPS} bytes: {refused} refused at open, {found} found, {astray} by the doctor alone, {harmless} harmless"
    );
    // A few bytes of a page point to others. If they change, SQLite can go astray between rows that are intact.
    assert!(refused > 0 && found > FLIPS / 4 && astray <= FLIPS / 50, "{refused} {found} {astray}");
}

#[tokio::test]
async fn accounts_of_the_first_schema_get_their_seals() {
    let folder = tempfile::tempdir().unwrap();
    let old = Connection::open(folder.path().join("identity.db")).unwrap();
    old.execute_batch(twclone_schema::IDENTITY[0].sql).unwrap();
    old.pragma_update(None, "application_id", 0x7477_6964).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    for (id, name) in [(1, "jordan"), (2, "mj")] {
        let insert = "INSERT INTO accounts (id, name, email, created_at) VALUES (?1, ?2, 'a@example.com', 0)";
        old.execute(insert, (id, name)).unwrap();
    }
    old.execute_batch("INSERT INTO delegates VALUES (1, 2, 0)").unwrap();
    drop(old);
    for (path, mode) in [(folder.path(), 0o700), (&folder.path().join("identity.db"), 0o600)] {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let installation = opened(folder.path()).await.unwrap();
    let jordan = AccountReference::Id(Id::new(1).unwrap());
    let (account, delegates) = installation.accounts.show(&installation.administrator(), &jordan).await.unwrap();
    let delegates: Vec<_> = delegates.iter().map(|delegate| delegate.name.as_str()).collect();
    assert_eq!((account.profile.name.as_str(), delegates), ("jordan", vec!["mj"]));
}

/// Returns the checksum of a row, as the store computes it.
fn checksum(values: &functions::Context<'_>) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    for place in 0..values.len() {
        let number;
        let (kind, bytes) = match values.get_raw(place) {
            ValueRef::Null => (0, &[][..]),
            ValueRef::Integer(integer) => {
                number = integer.to_le_bytes();
                (1, &number[..])
            }
            ValueRef::Text(text) => (3, text),
            other => panic!("{other:?}"),
        };
        hasher.update(&[kind]);
        hasher.update(&bytes.len().to_le_bytes());
        hasher.update(bytes);
    }
    i64::from(hasher.finalize())
}

/// Sets an account's hash to that of the password as typed, as in versions without normalization.
fn set_old_hash(folder: &Path, name: &Username, password: &str) {
    let connection = Connection::open(folder.join("identity.db")).unwrap();
    let flags = FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function("checksum", -1, flags, |values| Ok(checksum(values))).unwrap();
    let hash = bcrypt::hash(password, 4).unwrap();
    connection.execute("UPDATE accounts SET password_hash = ?1 WHERE name = ?2", (hash, name.as_str())).unwrap();
    let seal = "UPDATE accounts SET seal = checksum('accounts', id, name, email, biography, password_hash, \
                credential_version, state, created_at, full_name, role, profile_version) WHERE name = ?1";
    assert_eq!(connection.execute(seal, [name.as_str()]).unwrap(), 1);
}

#[tokio::test]
async fn hashes_from_before_normalization_still_work() {
    let folder = tempfile::tempdir().unwrap();
    // `long` has 69 bytes as typed. Normalized, it is longer than bcrypt reads.
    let (composed, decomposed, long) = ("caf\u{e9} geheim", "cafe\u{301} geheim", "\u{fdfa}".repeat(23));
    let installation = opened(folder.path()).await.unwrap();
    installation.accounts.add(&installation.administrator(), (0..3).map(account).collect()).await.unwrap();
    installation.close().await.unwrap();
    set_old_hash(folder.path(), &name(0), decomposed);
    set_old_hash(folder.path(), &name(1), &long);

    for cost in [4, 5] {
        let configuration = Configuration { bcrypt_cost: cost, ..configuration(folder.path()) };
        let installation = Installation::open(configuration, Clock::system(), Randomness::system()).await.unwrap();
        let works = async |place: usize, password: &str| {
            let password = Password::new(password.to_owned());
            installation.accounts.authenticate(name(place).as_str(), password, &nowhere()).await.is_ok()
        };
        // The results for the two forms are independent of each other, in either order.
        if cost == 4 {
            assert!(!works(0, composed).await);
        }
        assert!(works(0, decomposed).await);
        // A new cost creates a new hash, of the normalized form.
        assert_eq!(works(0, composed).await, cost == 5);
        assert!(works(0, decomposed).await);
        assert!(works(1, &long).await);
        assert!(!works(2, decomposed).await);
        installation.close().await.unwrap();
    }
}

//! Fuzzes access tokens: only the issued token authenticates.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use twclone_domain::Error;
use twclone_domain::accounts::{Origin, Password, Profile, Register};
use twclone_fuzz::World;

static WORLD: LazyLock<(World, String)> = LazyLock::new(|| {
    let world = World::new();
    let token = world.run(async {
        let accounts = &world.installation.accounts;
        let profile = Profile {
            name: "mj".parse().unwrap(),
            email: "mj@example.com".parse().unwrap(),
            full_name: None,
            biography: None,
        };
        let password = || Password::new("proof of 1991".to_owned());
        accounts.register(Register { profile, password: password() }, None, &origin()).await.unwrap();
        let caller = accounts.authenticate("mj", password(), &origin()).await.unwrap();
        accounts.log_in(&caller).await.unwrap().access_token
    });
    (world, token)
});

fn origin() -> Origin {
    Origin { request_id: String::new(), address: None, user_agent: None }
}

/// Returns a mutated token, a token of random parts, or any text.
fn token(given: &str, data: &[u8]) -> Option<String> {
    let (kind, rest) = data.split_first()?;
    match kind % 3 {
        0 => {
            let mut bytes = given.as_bytes().to_vec();
            for change in rest.chunks_exact(3) {
                let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % bytes.len();
                bytes[place] = change[2];
            }
            String::from_utf8(bytes).ok()
        }
        1 => {
            let parts = rest.splitn(3, |byte| *byte == 0).map(|part| URL_SAFE_NO_PAD.encode(part));
            Some(parts.collect::<Vec<_>>().join("."))
        }
        _ => String::from_utf8(rest.to_vec()).ok(),
    }
}

fuzz_target!(|data: &[u8]| {
    let (world, given) = &*WORLD;
    let Some(token) = token(given, data) else { return };
    match world.run(world.installation.accounts.authenticate_token(&token, &origin())) {
        Ok(_) => assert_eq!(token, *given, "a token that nobody was given"),
        Err(Error::BadToken) => assert_ne!(token, *given, "a token that was given"),
        Err(error) => panic!("{error:?} for {token}"),
    }
});

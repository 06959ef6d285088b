//! Fuzzes the credentials of Basic authentication: the parsed name is the one that the client encoded.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use twclone_server::fuzzing::basic;

fuzz_target!(|data: &[u8]| {
    let written = STANDARD.encode(data);
    let read = basic(&written);
    let expected = std::str::from_utf8(data).ok().and_then(|text| text.split_once(':'));
    assert_eq!(read.as_deref(), expected.map(|(name, _)| name));
    if let Ok(secret) = std::str::from_utf8(data)
        && let Some(name) = basic(secret)
    {
        let decoded = STANDARD.decode(secret).unwrap_or_default();
        assert!(decoded.starts_with(name.as_bytes()), "a name that is not there");
    }
});

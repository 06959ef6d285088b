use std::io::Write as _;

/// Says what a test misses on this machine and is passed over for. Where `TWCLONE_TEST_REQUIRE_TOOLS` is 1, that
/// is a failure.
pub(crate) fn missing(what: &str) {
    let required = std::env::var("TWCLONE_TEST_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(!required, "this machine lacks {what}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not with the macro, whose lines the harness keeps to itself where a test passes.
    let _ = writeln!(std::io::stderr(), "{test} is passed over: this machine lacks {what}");
}

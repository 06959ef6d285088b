use std::io::Write as _;

/// Reports that a test is skipped because the machine lacks something. Panics if `TWCLONE_TEST_REQUIRE_TOOLS` is 1.
pub(crate) fn missing(what: &str) {
    let required = std::env::var("TWCLONE_TEST_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(!required, "this machine lacks {what}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not with `eprintln!`: the test harness hides its output if the test passes.
    let _ = writeln!(std::io::stderr(), "{test} is passed over: this machine lacks {what}");
}

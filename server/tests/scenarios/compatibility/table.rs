use std::fmt::Write as _;

use super::row::{Row, System};

const HEAD: &str = "# Compatibility

What the documents of the five reference systems specify, what twclone returns, and where the two differ. Each row is
a test. It runs its commands in a shell, with httpie, against a real server with seed data (`test-load.json`). The
server's address replaces the address in the document. This file is generated from the tests: `UPDATE_COMPATIBILITY=1 cargo
test -p twclone-server compatibility`. The tests fail if it is stale.

The following applies to all systems. Passwords are stored as hashes and never shown. Changes require authentication,
with Basic (`-a name:password`) or an access token. Users act for themselves, or as delegates on behalf of other
accounts. Errors are `application/problem+json`. Lists are paged.
";

pub(super) fn write(systems: &[System]) -> String {
    let mut text = HEAD.to_owned();
    for System { title, test, remarks, rows } in systems {
        write!(text, "\n## {title}\n\nTest: `server/tests/scenarios/compatibility.rs`, `{test}`.\n").unwrap();
        for remark in *remarks {
            write!(text, "\n- {remark}").unwrap();
        }
        if !remarks.is_empty() {
            text.push('\n');
        }
        text.push_str("\n| row | in the document | command and status | response | differences |\n");
        text.push_str("| --- | --- | --- | --- | --- |\n");
        for Row { name, says, answers, differs, steps } in rows {
            let typed = steps.iter().map(|step| format!("`{}` {}", step.command.replace('|', "\\|"), step.status));
            let typed: Vec<_> = typed.collect();
            writeln!(text, "| {name} | {says} | {} | {answers} | {differs} |", typed.join("<br>")).unwrap();
        }
    }
    text
}

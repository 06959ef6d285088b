use std::fmt::Write as _;

use super::row::{Row, System};

const HEAD: &str = "# Compatibility

What the documents of the five reference systems name, what twclone answers to it, and where that differs. Each row is a
test: the calls that stand there are typed into a shell, with httpie, to a real server on the seed (`test-load.json`), with
its own address in place of the document's. This file is made of the tests (`UPDATE_COMPATIBILITY=1 cargo test -p
twclone-server compatibility`); one that says something else fails them.

What holds everywhere: passwords are hashed and nobody sees them; whoever changes something says who he is, with Basic
(`-a name:password`) or an access token, and acts for himself or for an account that has made him its delegate; errors are
`application/problem+json`; lists come in pages.
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
        text.push_str(
            "\n| row | the document names | typed, and the status | twclone answers | where it differs, and why |\n",
        );
        text.push_str("| --- | --- | --- | --- | --- |\n");
        for Row { name, says, answers, differs, steps } in rows {
            let typed = steps.iter().map(|step| format!("`{}` {}", step.command.replace('|', "\\|"), step.status));
            let typed: Vec<_> = typed.collect();
            writeln!(text, "| {name} | {says} | {} | {answers} | {differs} |", typed.join("<br>")).unwrap();
        }
    }
    text
}

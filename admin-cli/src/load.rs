//! Loads seed files, and reports what happened to their records.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use twclone_domain::Installation;
use twclone_domain::seed::{self, Report};

use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressView;
use crate::source::shown;

/// The result of loading one file.
#[derive(Debug, Serialize)]
pub(crate) struct Loaded {
    file: PathBuf,
    #[serde(flatten)]
    report: Report,
}

/// Loads files one after the other, and shows the result of each to people. A file may refer to records of those
/// before it. Returns the results, even if a file stopped the load.
pub(crate) async fn load(
    installation: &Installation,
    files: &[PathBuf],
    output: &mut Output,
) -> (Vec<Loaded>, Result<(), Failure>) {
    let mut loaded = Vec::new();
    for file in files {
        match load_one(installation, file).await.and_then(|one| output.people(&one).map(|()| one)) {
            Ok(one) => loaded.push(one),
            Err(failure) => return (loaded, Err(failure)),
        }
    }
    let refused = loaded.iter().map(|one| one.report.refused()).sum();
    (loaded, refused_none(refused))
}

async fn load_one(installation: &Installation, file: &Path) -> Result<Loaded, Failure> {
    let view = ProgressView::new();
    let report = seed::load(installation, &installation.administrator(), file, &|progress| view.show(progress)).await;
    let report = report.map_err(|error| Failure::from(error).of_file(file))?;
    Ok(Loaded { file: file.to_owned(), report })
}

fn refused_none(refused: u64) -> Result<(), Failure> {
    match refused {
        0 => Ok(()),
        1 => Err(Failure::refused("1 record was refused; all others are stored")),
        more => Err(Failure::refused(format!("{more} records were refused; all others are stored"))),
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", shown(&self.file))?;
        write!(formatter, "  {:<10}  {:>9}  {:>9}  {:>9}", "", "created", "unchanged", "refused")?;
        let Report { accounts, delegates, messages, follows, posts, likes, products, refusals } = &self.report;
        let kinds = [
            ("accounts", accounts),
            ("delegates", delegates),
            ("messages", messages),
            ("follows", follows),
            ("posts", posts),
            ("likes", likes),
            ("products", products),
        ];
        for (name, fates) in kinds {
            write!(formatter, "\n  {name:<10}  {:>9}  {:>9}  {:>9}", fates.created, fates.unchanged, fates.refused)?;
        }
        for refusal in refusals {
            write!(formatter, "\n  refused: {}: {}", refusal.place, refusal.reason)?;
        }
        let untold = self.report.refused().saturating_sub(refusals.len() as u64);
        if untold > 0 { write!(formatter, "\n  refused: {untold} more") } else { Ok(()) }
    }
}

use super::Check;

/// Maximum number of lines of one kind that are listed. A longer list would not help.
const TOLD: usize = 20;

/// Lines of one kind. The first are kept and the rest are counted.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: Vec<String>,
    more: u64,
}

impl Lines {
    pub(super) fn add(&mut self, line: String) {
        if self.kept.len() < TOLD {
            self.kept.push(line);
        } else {
            self.more += 1;
        }
    }

    /// Returns the lines, and one with the number of the others and the name of the kind.
    pub(super) fn told(self, kind: &str) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("and {} more: {kind}", self.more));
        self.kept.into_iter().chain(more).collect()
    }
}

/// The findings of one kind: the faults that remain, and the repaired ones.
#[derive(Debug, Default)]
pub(super) struct Findings {
    faults: Lines,
    repaired: Lines,
}

impl Findings {
    pub(super) fn fault(&mut self, line: String) {
        self.faults.add(line);
    }

    /// Adds a fault, either as repaired or as remaining.
    pub(super) fn found(&mut self, line: String, repaired: bool) {
        if repaired { self.repaired.add(line) } else { self.faults.add(line) }
    }

    pub(super) fn tell(self, kind: &str, check: &mut Check) {
        check.faults.extend(self.faults.told(kind));
        check.repaired.extend(self.repaired.told(&format!("{kind}, repaired")));
    }
}

use super::Check;

/// How many lines of one kind are told: whoever has so many needs no longer list.
const TOLD: usize = 20;

/// Lines of one kind, of which the first are kept and the rest is counted.
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

    /// The lines, and one that counts the others, by the name of the kind.
    pub(super) fn told(self, kind: &str) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("and {} more: {kind}", self.more));
        self.kept.into_iter().chain(more).collect()
    }
}

/// What was found of one kind: what is wrong, and what was and is no more.
#[derive(Debug, Default)]
pub(super) struct Findings {
    faults: Lines,
    repaired: Lines,
}

impl Findings {
    pub(super) fn fault(&mut self, line: String) {
        self.faults.add(line);
    }

    /// A fault that was repaired or, where it was not, one that is left.
    pub(super) fn found(&mut self, line: String, repaired: bool) {
        if repaired { self.repaired.add(line) } else { self.faults.add(line) }
    }

    pub(super) fn tell(self, kind: &str, check: &mut Check) {
        check.faults.extend(self.faults.told(kind));
        check.repaired.extend(self.repaired.told(&format!("{kind}, repaired")));
    }
}

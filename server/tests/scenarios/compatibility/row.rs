use twclone_testkit::{Value, json};

use super::httpie::Session;

/// A reference system, and the items in its document.
pub(super) struct System {
    pub(super) title: &'static str,
    /// The test that runs its rows.
    pub(super) test: &'static str,
    /// Remarks on the whole system.
    pub(super) remarks: &'static [&'static str],
    pub(super) rows: Vec<Row>,
}

/// One item of a document.
pub(super) struct Row {
    /// The name for failure messages.
    pub(super) name: &'static str,
    /// The item in the document's words.
    pub(super) says: &'static str,
    /// twclone's response.
    pub(super) answers: &'static str,
    /// How and why twclone differs; empty if it does not.
    pub(super) differs: &'static str,
    pub(super) steps: Vec<Step>,
}

/// A command as it is typed, and the expected response.
pub(super) struct Step {
    pub(super) command: &'static str,
    pub(super) status: u16,
    /// The part of the response that must be there.
    expected: Value,
    /// A name, and the JSON pointer to its value in the response (RFC 6901).
    kept: Option<(&'static str, &'static str)>,
}

impl Row {
    pub(super) fn new(name: &'static str, says: &'static str, answers: &'static str) -> Self {
        Self { name, says, answers, differs: "", steps: Vec::new() }
    }

    pub(super) fn differs(self, differs: &'static str) -> Self {
        Self { differs, ..self }
    }

    /// Adds a call that must return this status and contain at least this.
    pub(super) fn call_for(mut self, command: &'static str, status: u16, expected: Value) -> Self {
        self.steps.push(Step { command, status, expected, kept: None });
        self
    }

    /// Adds a call that must return this status.
    pub(super) fn call_to(self, command: &'static str, status: u16) -> Self {
        self.call_for(command, status, Value::Null)
    }

    /// Keeps a part of the last call's response: `{name}` in later calls stands for it.
    pub(super) fn keeps(mut self, name: &'static str, at: &'static str) -> Self {
        self.steps.last_mut().unwrap().kept = Some((name, at));
        self
    }

    pub(super) fn call(&self, session: &mut Session<'_>) {
        for step in &self.steps {
            let (status, body) = session.call(step.command);
            let told = || format!("{}: {}\n{status} {body}", self.name, step.command);
            assert_eq!(status, step.status, "{}", told());
            if let Err(missing) = holds(&body, &step.expected) {
                panic!("{}\n{missing} is missing", told());
            }
            if let Some((name, at)) = step.kept {
                let value = body.pointer(at).unwrap_or_else(|| panic!("{}\nthere is no {at}", told()));
                session.keep(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
    }
}

/// Checks that everything expected is there: each field of an object, the first elements of a list, and any value for
/// `"*"`.
fn holds(found: &Value, expected: &Value) -> Result<(), String> {
    match expected {
        Value::Null => Ok(()),
        Value::String(any) if any == "*" && !found.is_null() => Ok(()),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            let field = found.get(name).ok_or_else(|| format!("{name:?}"))?;
            holds(field, value).map_err(|inner| format!("{name:?}: {inner}"))
        }),
        Value::Array(elements) => elements.iter().enumerate().try_for_each(|(place, element)| {
            holds(found.get(place).unwrap_or(&json!(null)), element).map_err(|inner| format!("[{place}] {inner}"))
        }),
        expected if expected == found => Ok(()),
        expected => Err(expected.to_string()),
    }
}

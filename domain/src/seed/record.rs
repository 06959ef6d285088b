use crate::accounts::{Password, Profile, SeedAccount};
use crate::messages::{OptionIndex, QuickReplies};
use crate::{Error, Fields, Id, MessageText, Timestamp, Username};

/// An account as a file brings it.
#[derive(Debug)]
pub(super) struct AccountRecord {
    pub(super) account: SeedAccount,
    pub(super) delegates: Vec<Username>,
}

impl AccountRecord {
    /// The name alone, if there is one, whatever else is wrong.
    pub(super) fn name(fields: &Fields) -> Option<Username> {
        let (_, name) = fields.iter().find(|(field, _)| *field == "username")?;
        name.as_str()?.parse().ok()
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, Error> {
        let id = fields.optional_number("id");
        let name = fields.required("username");
        let email = fields.required("email");
        let full_name = fields.optional("name");
        let biography = fields.optional("bio");
        let password = fields.optional::<SeedPassword>("password");
        let created_at = fields.optional::<Timestamp>("created-at");
        let delegates = fields.optional_list("delegates");
        fields.end()?;
        Ok(Self {
            account: SeedAccount {
                id: id?,
                profile: Profile { name: name?, email: email?, full_name: full_name?, biography: biography? },
                password: password?.map(|password| password.0),
                created_at: created_at?,
            },
            delegates: delegates?.unwrap_or_default(),
        })
    }
}

/// A message as a file brings it.
#[derive(Debug)]
pub(super) struct MessageRecord {
    pub(super) id: Id,
    pub(super) from: Username,
    pub(super) to: Username,
    pub(super) words: Words,
    pub(super) sent_at: Timestamp,
    pub(super) read_at: Option<Timestamp>,
    pub(super) sent_by: Option<Username>,
    pub(super) reply_to: Option<Id>,
    pub(super) quick_replies: Option<QuickReplies>,
}

/// What a message says: a text, or the choice of a quick reply.
#[derive(Debug)]
pub(super) enum Words {
    Text(MessageText),
    Choice(OptionIndex),
}

impl MessageRecord {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Error> {
        let id = fields.required_number("id");
        let from = fields.required("from");
        let to = fields.required("to");
        let sent_at = fields.required::<Timestamp>("sent-at");
        let read_at = fields.optional::<Timestamp>("read-at");
        let sent_by = fields.optional("sent-by");
        let reply_to = fields.optional_number("reply-to-id");
        let options = fields.optional_list("quick-replies");
        let words = if fields.has("quick-reply") {
            fields.required_number("quick-reply").map(Words::Choice)
        } else {
            fields.required("msg").map(Words::Text)
        };
        let options = options.and_then(|options| {
            options
                .map(|options| QuickReplies::new(options).map_err(|text| fields.fault("quick-replies", text)))
                .transpose()
        });
        if matches!((&words, &reply_to), (Ok(Words::Choice(_)), Ok(None))) {
            fields.fault("reply-to-id", "is missing: a quick reply names the message that it answers");
        }
        fields.end()?;
        Ok(Self {
            id: id?,
            from: from?,
            to: to?,
            words: words?,
            sent_at: sent_at?,
            read_at: read_at?,
            sent_by: sent_by?,
            reply_to: reply_to?,
            quick_replies: options?,
        })
    }
}

/// A password that a file may set: shorter than people may choose, for demos.
struct SeedPassword(Password);

impl std::str::FromStr for SeedPassword {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let password = Password::new(text.to_owned());
        password.usable().map(|()| Self(password))
    }
}

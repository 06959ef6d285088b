use crate::accounts::{Password, Profile, SeedAccount};
use crate::messages::{OptionIndex, QuickReplies};
use crate::{Error, Fields, Id, MessageText, PostText, Timestamp, Username};

/// An account in a file.
#[derive(Debug)]
pub(super) struct AccountRecord {
    pub(super) account: SeedAccount,
    pub(super) delegates: Vec<Username>,
}

impl AccountRecord {
    /// Returns the name, if there is a valid one, whatever else is wrong.
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

/// A message in a file.
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

/// The content of a message: a text, or the choice of a quick reply.
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

/// A follow in a file.
#[derive(Debug)]
pub(super) struct FollowRecord {
    pub(super) follower: Username,
    pub(super) followed: Username,
}

impl FollowRecord {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Error> {
        let (who, whom) = (fields.required("follower"), fields.required("followed"));
        fields.end()?;
        Ok(Self { follower: who?, followed: whom? })
    }
}

/// A post in a file.
#[derive(Debug)]
pub(super) struct PostRecord {
    pub(super) id: Id,
    pub(super) author: Username,
    pub(super) created_at: Timestamp,
    pub(super) sent_by: Option<Username>,
    pub(super) content: Content,
}

/// The content of a post: a text, perhaps in reply to another post, or a repost.
#[derive(Debug)]
pub(super) enum Content {
    Text(PostText, Option<Id>),
    Repost(Id),
}

impl PostRecord {
    /// Returns the id, if there is a valid one, whatever else is wrong.
    pub(super) fn id(fields: &Fields) -> Option<Id> {
        let (_, id) = fields.iter().find(|(field, _)| *field == "id")?;
        id.as_str().map_or_else(|| id.to_string(), str::to_owned).parse().ok()
    }

    pub(super) fn read(mut fields: Fields) -> Result<Self, Error> {
        let id = fields.required_number("id");
        let author = fields.required("username");
        let created_at = fields.required::<Timestamp>("created-at");
        let sent_by = fields.optional("sent-by");
        let content = if fields.has("repost-of") {
            fields.refuse("text", "cannot be set: a repost shows the text of its original");
            fields.refuse("reply-to-id", "cannot be set: a repost is not a reply");
            fields.required_number("repost-of").map(Content::Repost)
        } else {
            let (text, reply_to) = (fields.required("text"), fields.optional_number("reply-to-id"));
            text.and_then(|text| Ok(Content::Text(text, reply_to?)))
        };
        // A null counts as absent; reading it here marks the field as known.
        fields.optional_number::<Id>("repost-of")?;
        fields.end()?;
        Ok(Self { id: id?, author: author?, created_at: created_at?, sent_by: sent_by?, content: content? })
    }

    /// Returns the post that it replies to or reposts.
    pub(super) fn parent(&self) -> Option<Id> {
        match &self.content {
            Content::Text(_, reply_to) => *reply_to,
            Content::Repost(original) => Some(*original),
        }
    }
}

/// A like in a file.
#[derive(Debug)]
pub(super) struct LikeRecord {
    pub(super) who: Username,
    pub(super) post: Id,
}

impl LikeRecord {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Error> {
        let who = fields.required("username");
        let post = fields.required_number("post");
        fields.end()?;
        Ok(Self { who: who?, post: post? })
    }
}

/// A password in a file: for demos, it may be shorter than people may choose.
struct SeedPassword(Password);

impl std::str::FromStr for SeedPassword {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let password = Password::new(text.to_owned());
        password.usable().map(|()| Self(password))
    }
}

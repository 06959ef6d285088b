//! Request bodies and parameters for messages.

use std::str::FromStr;

use serde_json::{Value as Json, json};
use twclone_domain::messages::{Draft, MessageBox, OptionIndex, QuickReplies};
use twclone_domain::{AccountReference, Error, Fields, Id, MessageText, PageRequest};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::requests::{self, Field, Property, request, values};

request! {
    /// A message to send.
    pub(super) struct SendMessage -> Draft {
        /// The receiver: a user name or an id.
        #[example = "kobe"]
        "to" => to: AccountReference,
        /// The text. `message` is an alias.
        #[example = "testing"]
        "msg" | "message" => text: MessageText,
        /// The sender: a user name or an id. The default is your own account.
        #[example = "jordan"]
        "from" => from: Option<AccountReference>,
        /// The quick replies that the receiver can choose from. Each is different.
        "quick-replies" => quick_replies: Option<QuickReplies>,
    }
}

request! {
    /// A reply with a text.
    pub(super) struct TextReply {
        draft: Draft,
        /// The message to reply to. It has the same two parties.
        #[example = "24"]
        "reply-to-id" => reply_to: Id,
    }
}

request! {
    /// A reply that chooses a quick reply.
    pub(super) struct ChoiceReply {
        /// The receiver: a user name or an id.
        #[example = "jordan"]
        "to" => to: AccountReference,
        /// The index of the chosen quick reply.
        #[example = "2"]
        "quick-reply" => choice: OptionIndex,
        /// The sender: a user name or an id. The default is your own account.
        #[example = "kobe"]
        "from" => from: Option<AccountReference>,
        /// The message to reply to. It has the same two parties.
        #[example = "24"]
        "reply-to-id" => reply_to: Option<Id>,
    }
}

/// A reply: a text, or the choice of a quick reply.
pub(super) enum ReplyToBody {
    Text(TextReply),
    Choice(ChoiceReply),
}

impl Field for ReplyToBody {
    fn read(fields: &mut Fields, name: &str) -> Result<Self, Error> {
        if !fields.has("quick-reply") {
            // The field is absent or null. `refuse` accepts null, which would be an unknown field otherwise.
            fields.refuse("quick-reply", "is not read here");
            return Field::read(fields, name).map(Self::Text);
        }
        for words in ["msg", "message", "quick-replies"] {
            fields.refuse(words, "cannot go together with quick-reply: that says it all");
        }
        Field::read(fields, name).map(Self::Choice)
    }

    /// Returns the fields of both kinds. Both require the receiver, and nothing else.
    fn properties(name: &'static str, about: Json) -> Vec<Property> {
        let mut all = TextReply::properties(name, about.clone());
        all.extend(ChoiceReply::properties(name, about));
        all.sort_by_key(|property| property.name);
        all.dedup_by_key(|property| property.name);
        for property in &mut all {
            property.is_required = property.name == "to";
        }
        all
    }
}

impl PartialSchema for ReplyToBody {
    fn schema() -> RefOr<Schema> {
        requests::schema::<Self>(&["A reply: `msg` and `reply-to-id`, or `quick-reply`."])
    }
}

impl ToSchema for ReplyToBody {}

request! {
    /// A position up to which an inbox is read.
    pub(super) struct ReadUpTo {
        /// The newest read message.
        #[example = "31"]
        "up-to" => up_to: Id,
    }
}

request! {
    /// The messages to list.
    pub(super) struct ListParameters {
        /// Received messages (`inbox`, the default), sent messages (`sent`), or both (`all`).
        "box" => message_box: MessageBox,
        /// Only messages to or from this account: a user name or an id.
        "with" => with: Option<AccountReference>,
        /// Only messages that their receiver has not marked as read.
        "unread" => unread: Switch,
        page: PageRequest,
    }
}

pub(super) struct Switch(pub(super) bool);

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "must be true or false".to_owned())
    }
}

values! {
    Switch: optional, json!({"type": "boolean"}), Switch(false);
}

//! Request bodies and parameters for messages. Some structures only describe a body for the OpenAPI document. A test
//! compares the fields that they require with the fields that the handlers require.

use std::str::FromStr;

use twclone_domain::messages::{Draft, List, QuickReplies, QuickReply, Reply};
use twclone_domain::{AccountReference, Error, Fields, Id, IdempotentRequest};
use utoipa::{IntoParams, ToSchema};

use crate::pages::page;

/// A message to be sent.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(rename_all = "kebab-case")]
pub(super) struct SendMessage {
    /// Who is to receive it: a user name or an id.
    #[schema(example = "kobe")]
    to: String,
    /// The text; `message` is another name for it.
    #[schema(min_length = 1, max_length = 1000, example = "testing")]
    msg: String,
    /// In whose name; the caller's own by default.
    #[schema(example = "jordan")]
    from: Option<String>,
    /// The answers to choose from, each different and of 1–36 characters.
    #[schema(min_items = 1, max_items = 20)]
    quick_replies: Option<Vec<String>>,
}

impl SendMessage {
    pub(super) fn read(mut fields: Fields) -> Result<Draft, Error> {
        let draft = draft(&mut fields);
        fields.end()?;
        draft
    }
}

fn draft(fields: &mut Fields) -> Result<Draft, Error> {
    fields.rename("message", "msg");
    let to = fields.required_account("to");
    let text = fields.required("msg");
    let from = fields.optional_account("from");
    let options = fields.optional_list("quick-replies").and_then(|options| match options.map(QuickReplies::new) {
        None => Ok(None),
        Some(Ok(options)) => Ok(Some(options)),
        Some(Err(fault)) => Err(fields.fault("quick-replies", fault)),
    });
    Ok(Draft { to: to?, text: text?, from: from?, quick_replies: options? })
}

/// A reply: `msg` and `reply-to-id`, or `quick-reply`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(rename_all = "kebab-case")]
pub(super) struct ReplyToBody {
    /// Who is to receive it: a user name or an id.
    #[schema(example = "jordan")]
    to: String,
    /// The text of a reply in words.
    #[schema(min_length = 1, max_length = 1000, example = "hello")]
    msg: Option<String>,
    /// The message replied to, between the same two.
    #[schema(example = "24")]
    reply_to_id: Option<String>,
    /// In whose name; the caller's own by default.
    #[schema(example = "kobe")]
    from: Option<String>,
    /// The answers to choose from, each different and of 1–36 characters.
    #[schema(min_items = 1, max_items = 20)]
    quick_replies: Option<Vec<String>>,
    /// The index of the quick reply that is chosen.
    #[schema(example = "2")]
    quick_reply: Option<String>,
}

/// A reply: a text, or the choice of a quick reply.
pub(super) enum ReplyTo {
    Words(Reply),
    Choice(QuickReply),
}

impl ReplyTo {
    pub(super) fn read(mut fields: Fields, once: Option<IdempotentRequest>) -> Result<Self, Error> {
        if !fields.has("quick-reply") {
            let draft = draft(&mut fields);
            let reply_to = fields.required_number("reply-to-id");
            // The field is absent or null. `refuse` accepts null, which would be an unknown field otherwise.
            fields.refuse("quick-reply", "is not read here");
            fields.end()?;
            return Ok(Self::Words(Reply { draft: draft?, reply_to: reply_to?, once }));
        }
        for words in ["msg", "message", "quick-replies"] {
            fields.refuse(words, "cannot go together with quick-reply: that says it all");
        }
        let to = fields.required_account("to");
        let choice = fields.required_number("quick-reply");
        let from = fields.optional_account("from");
        let reply_to = fields.optional_number("reply-to-id");
        fields.end()?;
        Ok(Self::Choice(QuickReply { to: to?, choice: choice?, from: from?, reply_to: reply_to?, once }))
    }
}

/// Up to where an inbox was read.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(rename_all = "kebab-case")]
pub(super) struct ReadUpTo {
    /// The newest message that was read.
    #[schema(example = "31")]
    up_to: String,
}

impl ReadUpTo {
    pub(super) fn read(mut fields: Fields) -> Result<Id, Error> {
        let up_to = fields.required_number("up-to");
        fields.end()?;
        up_to
    }
}

/// Which messages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct ListParameters {
    /// What was received (`inbox`, the default), what was sent (`sent`), or both (`all`).
    #[param(pattern = "^(inbox|sent|all)$")]
    r#box: Option<String>,
    /// Only those exchanged with this account: a user name or an id.
    with: Option<String>,
    /// Only those that their receiver has not marked as read.
    unread: Option<bool>,
    /// How many at most: 1–100, by default 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl ListParameters {
    pub(super) fn read(mut fields: Fields, account: AccountReference) -> Result<List, Error> {
        let message_box = fields.optional("box");
        let with = fields.optional_account("with");
        let unread = fields.optional::<YesOrNo>("unread");
        let page = page(&mut fields);
        fields.end()?;
        Ok(List {
            account,
            message_box: message_box?.unwrap_or_default(),
            with: with?,
            unread: unread?.is_some_and(|unread| unread.0),
            page: page?,
        })
    }
}

struct YesOrNo(bool);

impl FromStr for YesOrNo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "must be true or false".to_owned())
    }
}

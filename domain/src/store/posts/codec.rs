use crate::posts::Post;
use crate::store::entries::{self, AUTHOR, Entry, ORIGINAL, ORIGINAL_AUTHOR};
use crate::store::items::{Reader, number, time};
use crate::store::table::{Attributes, StoreError, Value};
use crate::{Id, PostText, Timestamp};

const ID: &str = "id";
pub(super) const TEXT: &str = "text";
const CREATED_AT: &str = "at";
pub(super) const EDITED_AT: &str = "edited";
const REPLY_TO: &str = "reply";
pub(super) const LIKES: &str = "likes";
pub(super) const REPOSTS: &str = "reposts";
pub(super) const COMMENTS: &str = "comments";
pub(super) const REVISION: &str = "revision";
const SENT_BY: &str = "sent";

/// The attributes of a post; what is empty or 0 is left out.
pub(super) fn encode(post: &Post) -> Attributes {
    let mut attributes = Attributes::from([
        (ID.into(), number(post.id)),
        (AUTHOR.into(), Value::Text(post.author.to_string())),
        (CREATED_AT.into(), time(post.created_at)),
    ]);
    let count = |count: u64| i64::try_from(count).ok().filter(|count| *count > 0).map(Value::Number);
    let text = |text: &str| Value::Text(text.to_owned());
    let optional = [
        (TEXT, post.text.as_ref().map(|said| text(said.as_str()))),
        (EDITED_AT, post.edited_at.map(time)),
        (REPLY_TO, post.reply_to.map(number)),
        (ORIGINAL, post.repost_of.map(number)),
        (ORIGINAL_AUTHOR, post.original_author.as_ref().map(|name| text(name.as_str()))),
        (LIKES, count(post.likes)),
        (REPOSTS, count(post.reposts)),
        (COMMENTS, count(post.comments)),
        (REVISION, count(post.revision.into())),
        (SENT_BY, post.sent_by.as_ref().map(|name| text(name.as_str()))),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
    attributes
}

/// The post in these attributes.
pub(crate) fn decode(mut attributes: Attributes) -> Result<Post, StoreError> {
    let text = match attributes.remove(TEXT) {
        Some(Value::Text(text)) => Some(PostText::stored(text)),
        _ => None,
    };
    let reader = Reader(&attributes);
    let optional = |name: &str| attributes.contains_key(name).then(|| reader.number(name)).transpose();
    let count = |name: &str| Ok(u64::try_from(optional(name)?.unwrap_or_default()).unwrap_or_default());
    let original = entries::original(&attributes)?;
    Ok(Post {
        id: reader.id()?,
        author: entries::name(&attributes, AUTHOR)?,
        text,
        created_at: Timestamp::from_millis(reader.number(CREATED_AT)?),
        edited_at: optional(EDITED_AT)?.map(Timestamp::from_millis),
        reply_to: optional(REPLY_TO)?.and_then(Id::new),
        repost_of: original.as_ref().map(|(id, _)| *id),
        original_author: original.map(|(_, author)| author),
        likes: count(LIKES)?,
        reposts: count(REPOSTS)?,
        comments: count(COMMENTS)?,
        revision: u32::try_from(count(REVISION)?).unwrap_or(u32::MAX),
        sent_by: attributes.contains_key(SENT_BY).then(|| entries::name(&attributes, SENT_BY)).transpose()?,
    })
}

/// The entry of a post in lists.
pub(crate) fn entry(post: &Post) -> Entry {
    Entry { id: post.id, author: post.author.clone(), original: post.repost_of.zip(post.original_author.clone()) }
}

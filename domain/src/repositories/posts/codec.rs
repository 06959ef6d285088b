use crate::model::post::Post;
use crate::repositories::entries::{AUTHOR, Entry, ORIGINAL, ORIGINAL_AUTHOR};
use crate::repositories::items::{damaged, number, parse, time};
use crate::{Id, PostText, Timestamp};
use item_store::api::{Attributes, StoreError, Value};

const ID: &str = "id";
pub(super) const TEXT: &str = "text";
const CREATED_AT: &str = "at";
pub(super) const EDITED_AT: &str = "edited";
pub(super) const REPLY_TO: &str = "reply";
pub(super) const LIKES: &str = "likes";
pub(super) const REPOSTS: &str = "reposts";
pub(super) const COMMENTS: &str = "comments";
pub(super) const REVISION: &str = "revision";
const SENT_BY: &str = "sent";

/// Encodes a post. Attributes that are empty or 0 are left out.
pub(super) fn encode(post: &Post) -> Attributes {
    let mut attributes = Attributes::from_iter([
        (ID.into(), number(post.id)),
        (AUTHOR.into(), Value::text(post.author.as_str())),
        (CREATED_AT.into(), time(post.created_at)),
    ]);
    let count = |count: u64| i64::try_from(count).ok().filter(|count| *count > 0).map(Value::Number);
    let optional = [
        (TEXT, post.text.as_ref().map(|said| Value::text(said.as_str()))),
        (EDITED_AT, post.edited_at.map(time)),
        (REPLY_TO, post.reply_to.map(number)),
        (ORIGINAL, post.repost_of.map(number)),
        (ORIGINAL_AUTHOR, post.original_author.as_ref().map(|name| Value::text(name.as_str()))),
        (LIKES, count(post.likes)),
        (REPOSTS, count(post.reposts)),
        (COMMENTS, count(post.comments)),
        (REVISION, count(post.revision.into())),
        (SENT_BY, post.sent_by.as_ref().map(|name| Value::text(name.as_str()))),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
    attributes
}

/// Decodes a post.
pub(crate) fn decode(attributes: &Attributes) -> Result<Post, StoreError> {
    let (mut id, mut author, mut text, mut created_at, mut edited_at) = (None, None, None, None, None);
    let (mut reply_to, mut repost_of, mut original_author, mut sent_by) = (None, None, None, None);
    let (mut likes, mut reposts, mut comments, mut revision) = (0, 0, 0, 0);
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    for (name, value) in attributes {
        match (name.as_ref(), value) {
            (ID, Value::Number(number)) => id = Id::new(*number),
            (AUTHOR, Value::Text(name)) => author = Some(parse(AUTHOR, name)?),
            (TEXT, Value::Text(said)) => text = Some(PostText::stored(said.to_string())),
            (CREATED_AT, Value::Number(millis)) => created_at = Some(Timestamp::from_millis(*millis)),
            (EDITED_AT, Value::Number(millis)) => edited_at = Some(Timestamp::from_millis(*millis)),
            (REPLY_TO, Value::Number(number)) => reply_to = Id::new(*number),
            (ORIGINAL, Value::Number(number)) => repost_of = Id::new(*number),
            (ORIGINAL_AUTHOR, Value::Text(name)) => original_author = Some(parse(ORIGINAL_AUTHOR, name)?),
            (LIKES, Value::Number(number)) => likes = count(*number),
            (REPOSTS, Value::Number(number)) => reposts = count(*number),
            (COMMENTS, Value::Number(number)) => comments = count(*number),
            (REVISION, Value::Number(number)) => revision = u32::try_from(*number).unwrap_or(u32::MAX),
            (SENT_BY, Value::Text(name)) => sent_by = Some(parse(SENT_BY, name)?),
            // Other attributes of the item, such as its expiry.
            _ => {}
        }
    }
    Ok(Post {
        id: id.ok_or_else(|| damaged(ID))?,
        author: author.ok_or_else(|| damaged(AUTHOR))?,
        text,
        created_at: created_at.ok_or_else(|| damaged(CREATED_AT))?,
        edited_at,
        reply_to,
        repost_of,
        original_author,
        likes,
        reposts,
        comments,
        revision,
        sent_by,
    })
}

/// Returns the entry of a post in lists.
pub(crate) fn entry(post: &Post) -> Entry {
    Entry { id: post.id, author: post.author.clone(), original: post.repost_of.zip(post.original_author.clone()) }
}

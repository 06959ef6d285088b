use rocket::{State, get};
use twclone_domain::{AccountReference, Error, Installation};

use super::bodies::{HomeParameters, UserParameters};
use super::tweet_views::TimelineView;
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, MaybeAuthenticated, Query};
use crate::openapi::{Problems, Unchanged, describe};

/// Show your home timeline
///
/// Your own tweets and those of the users that you follow, newest first, ten per page.
///
/// ```text
/// http -a mj:bulls 'localhost:5000/timeline/home?start=10'
/// ```
#[describe(params(HomeParameters), responses((status = 200, body = TimelineView), Problems, Unchanged))]
#[get("/timeline/home")]
pub(super) async fn home(installation: &State<Installation>, caller: Authenticated, query: Query) -> Answered {
    let offset = HomeParameters::read(query.0)?.start.into();
    let found = installation.timelines.home_from(&caller.0, None, offset).await?;
    Answer::ok(&TimelineView::of(found, offset, Some(&caller.0), &installation.posts).await?)
}

/// Show a user's timeline
///
/// The user's tweets and retweets, newest first, ten per page. Without `username`, lists your own.
///
/// ```text
/// http 'localhost:5000/timeline/user?username=mj&start=10'
/// ```
#[describe(params(UserParameters), responses((status = 200, body = TimelineView), Problems, Unchanged))]
#[get("/timeline/user")]
pub(super) async fn user(installation: &State<Installation>, caller: MaybeAuthenticated, query: Query) -> Answered {
    let UserParameters { user, start } = UserParameters::read(query.0)?;
    let own = || caller.0.as_ref().map(|caller| AccountReference::Name(caller.name().clone()));
    let user = user.or_else(own).ok_or_else(|| Error::invalid("username", "is missing; name an account, or log in"))?;
    let offset = start.into();
    let found = installation.timelines.user_from(caller.0.as_ref(), &user, offset).await?;
    Answer::ok(&TimelineView::of(found, offset, caller.0.as_ref(), &installation.posts).await?)
}

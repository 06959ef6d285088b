use clap::Args;
use twclone_domain::accounts::{Password, Profile, SeedAccount};
use twclone_domain::{AccountReference, Biography, EmailAddress, Error, Fields, Installation, Username};
use twclone_settings::Settings;

use super::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::{opened, password};

/// Create a user
///
/// Asks for the password on a terminal; otherwise reads the first line of standard input. The password must have from
/// 1 to 71 bytes. The other rules for sign-ups do not apply.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users add mj --email mj@example.com --bio 'Six rings.'")]
pub(crate) struct Add {
    /// User name: 1 to 30 letters a-z, digits or _, and not only digits
    name: String,
    /// E-mail address, which only the user can see
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Display name
    #[arg(long, value_name = "NAME")]
    full_name: Option<String>,
    /// A few words about the user
    #[arg(long, value_name = "TEXT")]
    bio: Option<String>,
    /// Set no password: the user cannot log in until `users passwd` sets one
    #[arg(long)]
    no_password: bool,
}

impl Add {
    /// Creates the user.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let profile = self.profile()?;
        opened::existing(settings, async |installation| {
            let name = AccountReference::Name(profile.name.clone());
            // Checked before the prompt, so that no password is typed for nothing.
            free(installation, &name).await?;
            let password = if self.no_password { None } else { Some(Password::new(password::read()?)) };
            let words = if self.no_password { "was added, without a password" } else { "was added" };
            let account = SeedAccount { id: None, profile, password, created_at: None };
            if installation.accounts.add(&installation.administrator(), vec![account]).await? != [true] {
                return Err(taken(&name));
            }
            let user = WholeUserView::read(installation, &name).await?;
            output.answer(&Done::new(Outcome::Created, user, format!("{name} {words}")))
        })
        .await
    }

    fn profile(&self) -> Result<Profile, Error> {
        let mut fields = Fields::default();
        fields.add("username".to_owned(), self.name.clone().into());
        fields.add("email".to_owned(), self.email.clone().into());
        fields.add("bio".to_owned(), self.bio.clone().into());
        fields.add("full-name".to_owned(), self.full_name.clone().into());
        let name = fields.required::<Username>("username");
        let email = fields.required::<EmailAddress>("email");
        let full_name = fields.optional("full-name");
        let biography = fields.optional::<Biography>("bio");
        if let Some(name) = name.as_ref().ok().filter(|name| name.is_reserved()) {
            fields.fault("username", format!("{name} is reserved; choose another name"));
        }
        fields.end()?;
        Ok(Profile { name: name?, email: email?, full_name: full_name?, biography: biography? })
    }
}

async fn free(installation: &Installation, name: &AccountReference) -> Result<(), Failure> {
    match installation.accounts.show(&installation.administrator(), name).await {
        Ok(_) => Err(taken(name)),
        Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn taken(name: &AccountReference) -> Failure {
    Error::Conflict(format!("the name {name} is taken; choose another")).into()
}

//! Shows the progress of long commands on a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use twclone_domain::seed::Progress;

/// A progress bar on standard error. It is hidden if standard error is not a terminal.
pub(crate) struct ProgressView {
    bar: ProgressBar,
    counting: ProgressStyle,
    measuring: ProgressStyle,
}

impl ProgressView {
    /// Creates a bar for one operation.
    pub(crate) fn new() -> Self {
        let watched = std::io::stderr().is_terminal();
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if watched {
            // Password hashing takes long between two reports. The spinner shows that the command still works.
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        let counting = ProgressStyle::with_template("{spinner} {msg}: {human_pos}");
        let measuring = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {human_pos}/{human_len} {eta}");
        Self {
            bar,
            counting: counting.unwrap_or_else(|_| ProgressStyle::default_spinner()),
            measuring: measuring.unwrap_or_else(|_| ProgressStyle::default_bar()),
        }
    }

    /// Shows the progress of a load.
    pub(crate) fn show(&self, progress: Progress) {
        let (style, message, position) = match progress {
            Progress::Checking(records) => (&self.counting, "Checking records", records),
            Progress::Accounts(accounts) => (&self.counting, "Hashing passwords, creating accounts", accounts),
            Progress::Messages(done, all) => return self.show_done("Writing messages", done, all),
            Progress::Follows(done, all) => return self.show_done("Writing follows", done, all),
            Progress::Posts(done, all) => return self.show_done("Writing posts", done, all),
            Progress::Likes(done, all) => return self.show_done("Writing likes", done, all),
            Progress::Products(done, all) => return self.show_done("Writing products", done, all),
        };
        self.set(style, message, position);
    }

    /// Shows how many messages of a deleted account have been removed.
    pub(crate) fn show_removed(&self, messages: u64) {
        self.show_counted("Removing messages", messages);
    }

    /// Shows how many items are done when the total is unknown.
    pub(crate) fn show_counted(&self, message: &'static str, done: u64) {
        self.set(&self.counting, message, done);
    }

    /// Shows how many items of a total are done.
    pub(crate) fn show_done(&self, message: &'static str, done: u64, all: u64) {
        self.bar.set_length(all);
        self.set(&self.measuring, message, done);
    }

    fn set(&self, style: &ProgressStyle, message: &'static str, position: u64) {
        if self.bar.message() != message {
            self.bar.set_style(style.clone());
            self.bar.set_message(message);
        }
        self.bar.set_position(position);
    }
}

impl Drop for ProgressView {
    /// Clears the bar, so that later output starts on an empty line.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

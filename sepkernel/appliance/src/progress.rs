//! Progress of long steps on standard error: bars where it is a terminal, else one line a step.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// A step that takes long enough to be shown. Removed from the screen when dropped.
#[derive(Debug)]
pub struct Step {
    bar: ProgressBar,
}

impl Step {
    /// A step of unknown length.
    #[must_use]
    pub fn spinner(what: &str) -> Self {
        let style = ProgressStyle::with_template("  {spinner} {prefix} {elapsed} {wide_msg:.dim}");
        let step = Self::new(ProgressBar::new_spinner(), style, what);
        step.bar.enable_steady_tick(Duration::from_millis(100));
        step
    }

    /// A step over `total` bytes.
    #[must_use]
    pub fn bytes(what: &str, total: u64) -> Self {
        let style = ProgressStyle::with_template(
            "  {prefix} [{bar:30}] {bytes} of {total_bytes}, {eta} left {wide_msg:.dim}",
        );
        Self::new(ProgressBar::new(total), style, what)
    }

    fn new(
        bar: ProgressBar,
        style: Result<ProgressStyle, indicatif::style::TemplateError>,
        what: &str,
    ) -> Self {
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        if !std::io::stderr().is_terminal() {
            eprintln!("{what}");
        }
        Self { bar }
    }

    /// Says what the step is at.
    pub fn at(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// Counts bytes as done.
    pub fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Sets how many bytes of how many are done.
    pub fn set(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Prints a line on standard output, above the step where it is shown.
    pub fn print_line(&self, line: &str) {
        self.bar.suspend(|| println!("{line}"));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A size in the unit that reads best, with the exact number of bytes where that is another.
#[must_use]
pub fn size(bytes: u64) -> String {
    if bytes < 1024 { format!("{bytes} bytes") } else { indicatif::HumanBytes(bytes).to_string() }
}

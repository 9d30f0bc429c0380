//! Arguments that several commands share: which policy, with which files, shown how.

use std::{
    fs::File,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use cloister_policy::{
    compile::{Options, Outcome, check},
    date::Day,
    files::Directories,
    render::{self, Style},
    source::MAX_BYTES,
};

/// Which policy, and how it is checked.
#[derive(Args, Clone, Debug)]
pub struct InputArgs {
    /// The policy file; `-` reads standard input
    pub policy: PathBuf,
    /// Folder that image files are looked for in; can be given several times. The policy's own
    /// folder if absent
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "no_images")]
    pub images: Vec<PathBuf>,
    /// Do not look at image files
    #[arg(long)]
    pub no_images: bool,
    /// Treat a warning as an error: its id or name, or `warnings` for all
    #[arg(long, value_name = "CHECK")]
    pub deny: Vec<String>,
    /// Do not report a warning: its id or name, or `warnings` for all
    #[arg(long, value_name = "CHECK")]
    pub allow: Vec<String>,
    /// Judge guards' expiry as of this day instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub today: Option<Day>,
}

/// How findings are shown.
#[derive(Args, Clone, Debug)]
pub struct FormatArgs {
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text with excerpts of the policy
    Human,
    /// JSON
    Json,
    /// SARIF 2.1.0, for code review systems
    Sarif,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn parse_day(text: &str) -> Result<Day, String> {
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok());
    let date = (|| Some((next()?, u8::try_from(next()?).ok()?, u8::try_from(next()?).ok()?)))();
    date.and_then(|(year, month, day)| Day::from_date(year, month, day))
        .ok_or_else(|| "write a date such as 2027-06-30".to_owned())
}

impl InputArgs {
    /// Reads and checks the policy.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn check(&self) -> io::Result<Outcome> {
        let stdin = self.policy == Path::new("-");
        let name = if stdin { "<stdin>".to_owned() } else { self.policy.display().to_string() };
        let bytes = read_policy(&self.policy).map_err(|error| {
            io::Error::new(error.kind(), format!("{name} cannot be read: {error}"))
        })?;
        let directories = Directories(if self.images.is_empty() {
            vec![self.policy.parent().map_or_else(PathBuf::new, Path::to_path_buf)]
        } else {
            self.images.clone()
        });
        let options = Options {
            files: if self.no_images { None } else { Some(&directories) },
            today: self.today.unwrap_or_else(Day::today),
            deny: &self.deny,
            allow: &self.allow,
        };
        Ok(check(&name, bytes, &options))
    }
}

/// The bytes of a policy file, `-` for standard input; of one that is too long a little more than
/// is allowed.
///
/// # Errors
/// When it cannot be read.
pub fn read_policy(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

impl FormatArgs {
    /// Writes the findings.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, outcome: &Outcome, terminal: bool, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            Format::Human => {
                write!(out, "{}", render::human(outcome, self.style(terminal)))
            }
            Format::Json => writeln!(out, "{:#}", render::json(outcome)),
            Format::Sarif => writeln!(out, "{:#}", render::sarif(outcome)),
        }
    }

    fn style(&self, terminal: bool) -> Style {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self.color {
            Color::Always => Style::Colored,
            Color::Auto if terminal && !plain => Style::Colored,
            Color::Auto | Color::Never => Style::Plain,
        }
    }
}

/// Whether standard output is a terminal.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

//! `cloister doctor`: looks whether everything needed is there, and changes nothing.

use std::process::ExitCode;

use crate::{
    doctor::{
        apt,
        requirement::{self, Purpose, Requirement},
    },
    machine::display,
    outcome::SETUP_MISSING,
};

/// Looks whether everything needed is there; changes nothing
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Doctor {}

impl Doctor {
    /// Prints a table and, if something is missing, the line that installs it. The exit status
    /// says whether all is there.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let found: Vec<_> =
            requirement::ALL.iter().map(|requirement| (requirement, requirement.look())).collect();
        let is_wanted = |requirement: &Requirement| {
            requirement.purpose != Purpose::Window || display::screen_is_there()
        };
        println!("{:17}  {:41}  Needed", "What", "Found");
        for (requirement, found) in &found {
            let found = match (found.is_usable(), is_wanted(requirement)) {
                (true, _) => found.to_string(),
                (false, true) => format!("{found} *"),
                (false, false) => format!("{found}, and no screen to use it on"),
            };
            println!("{:17}  {found:41}  {}", requirement.name, requirement.reason);
        }
        let missing: Vec<_> = found
            .into_iter()
            .filter(|(requirement, found)| is_wanted(requirement) && !found.is_usable())
            .collect();
        if missing.is_empty() {
            println!("\nEverything that is needed here is there.");
            return ExitCode::SUCCESS;
        }
        match apt::line_to_type(&missing) {
            Some(line) => println!("\n* To install what is missing:\n{line}"),
            None => println!("\n* Install what is missing with this machine's own tools."),
        }
        ExitCode::from(SETUP_MISSING)
    }
}

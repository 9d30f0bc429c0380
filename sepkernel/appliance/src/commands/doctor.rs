//! `cloister doctor`: looks whether everything needed is there, and changes nothing.

use std::process::ExitCode;

use crate::{
    doctor::{
        apt,
        requirement::{self, Purpose},
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
        println!("{:16}  {:40}  Needed", "What", "Found");
        for (requirement, found) in &found {
            let mark = if found.is_usable() { "" } else { "*" };
            let found = format!("{found}{mark}");
            println!("{:16}  {found:40}  {}", requirement.name, requirement.reason);
        }
        let missing: Vec<_> = found
            .into_iter()
            .filter(|(requirement, found)| {
                let wanted = requirement.purpose != Purpose::Window || display::screen_is_there();
                wanted && !found.is_usable()
            })
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

//! `assert`: what must stay true of a policy, for scripts.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::{Answer, QuestionError, node, read};
use crate::questions::{
    Hindrance, Reach, Reviewed,
    hop::{hops, in_one_line},
};

/// Fails unless flows are as said; each option can be given several times
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("claim").required(true).multiple(true))]
pub struct AssertArgs {
    /// The policy file
    pub policy: PathBuf,
    /// Data gets from A to B without a guard or separator on the way
    #[arg(long, group = "claim", num_args = 2, value_names = ["A", "B"])]
    pub flow: Vec<String>,
    /// Data gets from A to B, and through a guard only
    #[arg(long, group = "claim", num_args = 2, value_names = ["A", "B"])]
    pub guarded: Vec<String>,
    /// Data gets from A to B in no way at all, not even through a guard or as time
    #[arg(long, group = "claim", num_args = 2, value_names = ["A", "B"])]
    pub no_flow: Vec<String>,
}

/// What is asserted of two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Flow,
    Guarded,
    NoFlow,
}

impl AssertArgs {
    /// Writes a line for each assertion.
    ///
    /// # Errors
    /// When the policy has errors or a name is not in it.
    pub fn run(&self, out: &mut dyn Write) -> Result<Answer, QuestionError> {
        let reviewed = read(&self.policy)?;
        let mut answer = Answer::Fine;
        let claims = [
            (Claim::Flow, &self.flow),
            (Claim::Guarded, &self.guarded),
            (Claim::NoFlow, &self.no_flow),
        ];
        for (claim, names) in claims {
            for pair in names.as_chunks::<2>().0 {
                let [from, to] = pair;
                let (holds, line) = decide(&reviewed, claim, from, to)?;
                writeln!(out, "{}: {line}", if holds { "holds" } else { "FAILS" })?;
                if !holds {
                    answer = Answer::NotFine;
                }
            }
        }
        Ok(answer)
    }
}

/// Whether a claim holds, and the line that says what is the case.
fn decide(
    reviewed: &Reviewed,
    claim: Claim,
    from: &str,
    to: &str,
) -> Result<(bool, String), QuestionError> {
    let (source, destination) = (node(reviewed, from)?, node(reviewed, to)?);
    let path = Reach::from(&reviewed.graph, source).path(destination);
    let line = path.as_ref().map_or_else(
        || format!("nothing gets from `{from}` to `{to}`"),
        |path| in_one_line(reviewed, &hops(reviewed, path)),
    );
    let hindrance = path.map(|path| path.hindrance);
    let holds = match claim {
        Claim::Flow => hindrance == Some(Hindrance::Free),
        Claim::Guarded => hindrance == Some(Hindrance::Guard),
        Claim::NoFlow => hindrance.is_none(),
    };
    Ok((holds, line))
}

//! `checks`, `schema` and `completions`.

use std::io::Write;

use clap::{Args, CommandFactory};
use cloister_policy::{checks, schema};
use serde_json::json;

use super::{Answer, Cli, Result};

/// List every check: id and rule
#[derive(Args, Debug)]
pub struct ChecksArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(
    after_help = "Example: cloister-policy completions bash > ~/.local/share/bash-completion/completions/cloister-policy"
)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Print the language as JSON Schema, for editors
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Print it as tables for people
    #[arg(long)]
    markdown: bool,
}

impl ChecksArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        if self.json {
            let list: Vec<_> = checks::all()
                .map(|check| {
                    json!({
                        "id": check.id,
                        "name": check.name,
                        "severity": check.severity.name(),
                        "rule": check.sentence,
                    })
                })
                .collect();
            writeln!(out, "{:#}", json!(list))?;
        } else {
            for check in checks::all() {
                let severity = check.severity.name();
                writeln!(out, "{}  {severity:7}  {:22}  {}", check.id, check.name, check.sentence)?;
            }
        }
        Ok(Answer::Yes)
    }
}

impl CompletionsArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cloister-policy", &mut script);
        out.write_all(&script)?;
        Ok(Answer::Yes)
    }
}

impl SchemaArgs {
    pub fn run(&self, out: &mut dyn Write) -> Result {
        if self.markdown {
            write!(out, "{}", schema::reference())?;
        } else {
            writeln!(out, "{:#}", schema::json_schema())?;
        }
        Ok(Answer::Yes)
    }
}

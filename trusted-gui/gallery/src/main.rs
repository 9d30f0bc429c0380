//! Shows what changed on the screens of the trusted GUI, and accepts it.

#![forbid(unsafe_code)]

use std::{env, fs, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use cloister_gallery::{
    ACCEPT,
    compare::{Gallery, Verdict},
    golden_directory, scenes,
};

/// Renders every screen of the trusted GUI and compares it with the accepted picture.
#[derive(Debug, Parser)]
#[command(name = "cloister-gallery")]
struct Arguments {
    /// Make what is rendered now the accepted pictures.
    #[arg(long)]
    accept: bool,
    /// Only the pictures whose name contains this.
    #[arg(value_name = "NAME")]
    only: Option<String>,
    /// Where pictures of changes are written.
    #[arg(long, value_name = "DIRECTORY")]
    changes: Option<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let changes = arguments.changes.unwrap_or_else(|| env::temp_dir().join("cloister-gallery"));
    let gallery = Gallery { golden: golden_directory(), changes };
    let all = scenes::all();
    let wanted = |name: &str| arguments.only.as_ref().is_none_or(|only| name.contains(only));
    let mut changed = 0;
    for scene in all.iter().filter(|scene| wanted(&scene.name)) {
        let what = match gallery.check(scene)? {
            Verdict::Same => continue,
            Verdict::New => "new".to_owned(),
            Verdict::Different { pixels } => format!("{pixels} pixels differ"),
        };
        changed += 1;
        println!("{:<40} {what}", scene.name);
        if arguments.accept {
            gallery.accept(scene)?;
        }
    }
    for orphan in if gallery.golden.exists() { gallery.orphans(&all)? } else { vec![] } {
        changed += 1;
        println!("{:<40} is rendered by no scene", orphan.display());
        if arguments.accept {
            fs::remove_file(orphan)?;
        }
    }
    Ok(match (changed, arguments.accept) {
        (0, _) => {
            println!("All pictures are as accepted.");
            ExitCode::SUCCESS
        }
        (_, true) => {
            println!(
                "{changed} accepted. Look at them before you commit: {}",
                gallery.golden.display()
            );
            ExitCode::SUCCESS
        }
        (_, false) => {
            println!("Look at {}; if it is right: {ACCEPT}", gallery.changes.display());
            ExitCode::FAILURE
        }
    })
}

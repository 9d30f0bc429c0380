//! Ends in order on Ctrl-C, a signal to terminate, or a defect of this program.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};

use super::{process, run_directory};

/// Exit status after Ctrl-C, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Whether a signal has come. Set by the signal thread.
static REQUESTED: AtomicBool = AtomicBool::new(false);
/// Whether somebody looks at [`REQUESTED`]. Set by [`Attention`].
static WATCHED: AtomicBool = AtomicBool::new(false);

/// From now on, no way to the end of this program leaves a process or directory behind.
///
/// # Errors
/// If the signals already have a handler.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        let second = REQUESTED.swap(true, Ordering::SeqCst);
        if second || !WATCHED.load(Ordering::SeqCst) {
            clean_up();
            std::process::exit(i32::from(INTERRUPTED));
        }
    })
    .context("cannot handle Ctrl-C")?;
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |information| {
        report(information);
        clean_up();
    }));
    Ok(())
}

fn clean_up() {
    process::kill_all();
    run_directory::remove_all();
}

/// While this exists, the first signal only makes [`requested`] true; the second ends the program.
#[derive(Debug)]
pub struct Attention(());

impl Attention {
    /// Starts to watch for signals.
    #[must_use]
    pub fn new() -> Self {
        WATCHED.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Default for Attention {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        WATCHED.store(false, Ordering::SeqCst);
    }
}

/// Whether the user wants the program to end.
#[must_use]
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

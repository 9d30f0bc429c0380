//! At most two machines at a time, over all test programs: more would only time out.

use std::{
    fs::{File, TryLockError},
    time::Duration,
};

use cloister::workspace;

const SLOTS: usize = 2;

/// The right to run a machine, until it is dropped.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "holds a lock")] File);

impl Slot {
    /// Waits for a slot.
    pub fn take() -> Self {
        let directory = workspace::output().join("tests");
        std::fs::create_dir_all(&directory).expect("a directory for lock files");
        loop {
            for number in 0..SLOTS {
                let path = directory.join(format!("machine-{number}.lock"));
                let file = File::create(path).expect("a lock file");
                match file.try_lock() {
                    Ok(()) => return Self(file),
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(error)) => panic!("no lock: {error}"),
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

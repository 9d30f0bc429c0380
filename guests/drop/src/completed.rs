//! Which transfers are through, so that what the sender repeats is not received again, also if the
//! file was moved away meanwhile.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::record::TransferId;

/// The newest so many are kept.
const MOST: usize = 4096;

/// Completed transfers, in a file with one line each.
#[derive(Debug)]
pub struct Completed {
    path: PathBuf,
    ids: VecDeque<TransferId>,
}

impl Completed {
    /// Those of the file at `path`, which need not be there. Lines that are none are left out.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let id = |line: &str| {
            let mut id = [0; 16];
            hex::decode_to_slice(line, &mut id).ok().map(|()| TransferId(id))
        };
        let mut ids: VecDeque<_> = text.lines().filter_map(id).collect();
        ids.drain(..ids.len().saturating_sub(MOST));
        Ok(Self { path: path.to_owned(), ids })
    }

    /// Whether a transfer is through.
    pub fn has(&self, id: TransferId) -> bool {
        self.ids.contains(&id)
    }

    /// Notes that a transfer is through.
    pub fn add(&mut self, id: TransferId) -> io::Result<()> {
        self.ids.push_back(id);
        if self.ids.len() > MOST {
            self.ids.pop_front();
        }
        let temporary = self.path.with_extension("new");
        let mut file = fs::File::create(&temporary)?;
        let lines: String = self.ids.iter().map(|id| id.to_hex() + "\n").collect();
        file.write_all(lines.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_over_a_restart_and_nonsense_is_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("completed");
        let id = |number: u64| TransferId(u128::from(number).to_le_bytes());
        let lines: String = (0..MOST as u64).map(|number| id(number).to_hex() + "\n").collect();
        fs::write(&path, lines + "nonsense\n\u{e9}\n").unwrap();
        let mut completed = Completed::read(&path).unwrap();
        assert!(completed.has(id(0)));
        completed.add(id(MOST as u64)).unwrap();
        let completed = Completed::read(&path).unwrap();
        assert!(completed.has(id(MOST as u64)) && completed.has(id(1)) && !completed.has(id(0)));
    }
}

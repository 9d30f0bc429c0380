//! The root file system of a world, with everything below `/usr` as Debian has it since release 12.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::Error;
use crate::cpio::Archive;

/// Directories that are links to those of the same name in `usr`. Packages of Debian 12 may still
/// use them as directories.
const MERGED: [&str; 4] = ["bin", "lib", "lib64", "sbin"];

/// What nobody reads in a world: documentation, translations, and character sets but UTF-8 and Latin.
const UNUSED: [&str; 7] = [
    "usr/lib/x86_64-linux-gnu/gconv",
    "usr/share/bug",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
];

/// A tree of files. What is added later replaces what has the same path.
#[derive(Clone, Default)]
pub(crate) struct Root(Archive);

impl Root {
    /// Adds a directory and those above it. Paths are relative, without a slash at either end.
    pub(crate) fn directory(&mut self, path: &str) {
        self.0.directory(&merged(path));
    }

    /// Adds a file that can be read only.
    pub(crate) fn file(&mut self, path: &str, contents: impl Into<Vec<u8>>) {
        self.0.file(&merged(path), contents);
    }

    /// Adds a file that can be run.
    pub(crate) fn program(&mut self, path: &str, contents: impl Into<Vec<u8>>) {
        self.0.program(&merged(path), contents);
    }

    /// Adds a symbolic link.
    pub(crate) fn link(&mut self, path: &str, target: &str) {
        self.0.link(&merged(path), target);
    }

    /// Adds a character device that only its owner may use.
    pub(crate) fn character_device(&mut self, path: &str, major: u32, minor: u32) {
        self.0.character_device(&merged(path), major, minor);
    }

    /// Adds all files of another tree.
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add(&other.0);
    }

    /// Adds what is in a directory of this machine, but for what nobody reads in a world.
    pub(crate) fn add_tree(&mut self, directory: &Path) -> Result<(), Error> {
        let mut waiting = vec![directory.to_owned()];
        while let Some(below) = waiting.pop() {
            for entry in fs::read_dir(&below).map_err(Error::file("read", &below))? {
                let path = entry.map_err(Error::file("read", &below))?.path();
                let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy();
                if UNUSED.contains(&name.as_ref()) {
                    continue;
                }
                let metadata = path.symlink_metadata().map_err(Error::file("read", &path))?;
                if metadata.is_dir() {
                    self.directory(&name);
                    waiting.push(path);
                } else if metadata.is_symlink() {
                    let target = fs::read_link(&path).map_err(Error::file("read", &path))?;
                    self.link(&name, &target.to_string_lossy());
                } else if metadata.is_file() {
                    let contents = fs::read(&path).map_err(Error::file("read", &path))?;
                    if metadata.permissions().mode() & 0o111 == 0 {
                        self.file(&name, contents);
                    } else {
                        self.program(&name, contents);
                    }
                }
            }
        }
        Ok(())
    }

    /// The tree as an archive that the kernel unpacks.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut archive = self.0.clone();
        for name in MERGED {
            archive.directory(&format!("usr/{name}"));
            archive.link(name, &format!("usr/{name}"));
        }
        archive.to_bytes()
    }
}

/// The path where a file is, seeing that some directories are links.
fn merged(path: &str) -> String {
    let top = path.split('/').next().unwrap_or_default();
    if MERGED.contains(&top) { format!("usr/{path}") } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(root: &Root) -> String {
        String::from_utf8_lossy(&root.to_bytes()).into_owned()
    }

    #[test]
    fn old_and_new_places_are_one() {
        let mut old = Root::default();
        old.program("bin/sh", "program");
        let mut new = Root::default();
        new.program("usr/bin/sh", "program");
        assert_eq!(old.to_bytes(), new.to_bytes());
        assert_eq!(merged("lib/x86_64-linux-gnu/libc.so.6"), "usr/lib/x86_64-linux-gnu/libc.so.6");
        assert_eq!(merged("library/x"), "library/x");
    }

    #[test]
    fn tree_keeps_links_and_programs_and_leaves_documentation_out() {
        let directory = tempfile::tempdir().unwrap();
        let at = |path: &str| directory.path().join(path);
        fs::create_dir_all(at("usr/share/doc/p")).unwrap();
        fs::write(at("usr/share/doc/p/copyright"), "text").unwrap();
        fs::create_dir_all(at("sbin")).unwrap();
        fs::write(at("sbin/tool"), "#!").unwrap();
        fs::set_permissions(at("sbin/tool"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("tool", at("sbin/other")).unwrap();

        let mut found = Root::default();
        found.add_tree(directory.path()).unwrap();
        let mut expected = Root::default();
        expected.directory("usr/share");
        expected.program("usr/sbin/tool", "#!");
        expected.link("usr/sbin/other", "tool");
        assert_eq!(paths(&found), paths(&expected));
    }

    #[test]
    fn what_is_added_later_replaces() {
        let mut root = Root::default();
        root.file("etc/motd", "before");
        let mut over = Root::default();
        over.file("etc/motd", "after");
        root.add(&over);
        assert_eq!(paths(&root), paths(&over));
    }
}

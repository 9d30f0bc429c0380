//! Debian's control records, as `apt-cache show` prints them.
//!
//! Source: Debian Policy Manual, chapter 5 "Control files and their fields".

use serde::{Deserialize, Serialize};

use crate::Error;

/// One package of a fixed version, as apt's signed lists describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The package's name.
    pub name: String,
    /// Its version, with epoch and revision.
    pub version: String,
    /// The SHA-256 of the package file, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The size of the package file in bytes.
    pub size: u64,
}

/// One record: lines `Field: value`, with continuation lines that begin with a space.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a>(&'a str);

/// The records of a text; empty lines stand between them.
pub(crate) fn records(text: &str) -> impl Iterator<Item = Record<'_>> {
    text.split("\n\n").filter(|record| !record.trim().is_empty()).map(Record)
}

impl<'a> Record<'a> {
    /// The first line of a field's value. Names of fields ignore case.
    pub(crate) fn field(self, name: &str) -> Option<&'a str> {
        self.0.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The package that the record describes.
    pub(crate) fn package(self) -> Result<Package, Error> {
        let name = self.field("Package").unwrap_or_default().to_owned();
        let fault = |field| Error::PackageRecord { package: name.clone(), field };
        let version = self.field("Version").ok_or_else(|| fault("Version"))?.to_owned();
        let sha256 = self.field("SHA256").ok_or_else(|| fault("SHA256"))?.to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(fault("SHA256"));
        }
        let size = self.field("Size").and_then(|size| size.parse().ok());
        let size = size.ok_or_else(|| fault("Size"))?;
        Ok(Package { name, version, sha256, size })
    }

    /// The first package in `Depends` whose name begins with `prefix`, as apt's programs take it:
    /// `name`, or `name=version` where the record names the version.
    pub(crate) fn dependency(self, prefix: &str) -> Option<String> {
        let clause = self
            .field("Depends")?
            .split([',', '|'])
            .map(str::trim)
            .find(|clause| clause.starts_with(prefix))?;
        match clause.split_once('(') {
            None => Some(clause.to_owned()),
            Some((name, restriction)) => {
                let name = name.trim();
                let exact = restriction.trim_end_matches(')').trim().strip_prefix('=');
                Some(exact.map_or(name.to_owned(), |version| format!("{name}={}", version.trim())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = "\
Package: linux-image-amd64
Version: 6.1.192-2
Depends: linux-image-6.1.0-56-amd64 (= 6.1.192-2)
Description: Linux for 64-bit PCs (meta-package)
 Depends: not a field, but text
Size: 1480
SHA256: 45457BCFC86C87585800B5656BDF2773B063A3BB95486B0E820D51E870491F8D
";

    fn only(text: &str) -> Record<'_> {
        let mut all = records(text);
        let record = all.next().unwrap();
        assert!(all.next().is_none());
        record
    }

    #[test]
    fn record_gives_the_package() {
        let package = only(META).package().unwrap();
        assert_eq!(package.name, "linux-image-amd64");
        assert_eq!(package.version, "6.1.192-2");
        assert_eq!(package.size, 1480);
        assert!(package.sha256.starts_with("45457bcf"));
    }

    #[test]
    fn dependency_keeps_an_exact_version() {
        let dependency = only(META).dependency("linux-image-");
        assert_eq!(dependency.as_deref(), Some("linux-image-6.1.0-56-amd64=6.1.192-2"));
    }

    #[test]
    fn dependency_without_exact_version_is_a_name() {
        let record = Record("Depends: libc6 (>= 2.3), linux-image-6-amd64 (>= 6) | other\n");
        assert_eq!(record.dependency("linux-image-").as_deref(), Some("linux-image-6-amd64"));
        assert_eq!(record.dependency("absent"), None);
    }

    #[test]
    fn records_are_divided_by_empty_lines() {
        let names: Vec<_> =
            records("Package: a\n\nPackage: b\n\n\n").filter_map(|r| r.field("package")).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn record_without_good_digest_is_refused() {
        for bad in ["", "SHA256: 12\n", "SHA256: zz\n"] {
            let text = format!("Package: p\nVersion: 1\nSize: 2\n{bad}");
            let error = Record(&text).package().unwrap_err();
            assert_eq!(
                error.to_string(),
                "apt's record of package p has no usable field 'SHA256': run `apt-get update` as \
                 root, and use Debian's own archive or a full mirror"
            );
        }
    }
}

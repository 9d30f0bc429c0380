//! Debian 12 has QEMU new enough only in its backports, which its mirrors carry but a machine has
//! to ask for.

use std::path::Path;

/// The release whose backports are needed.
const RELEASE: &str = "bookworm";
/// The suite of the backports.
pub const SUITE: &str = "bookworm-backports";
/// The file that asks for them.
pub const SOURCES_FILE: &str = "/etc/apt/sources.list.d/cloister-backports.sources";

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Whether this machine runs the release that needs backports.
#[must_use]
pub fn are_needed() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| is_release(&text))
}

fn is_release(os_release: &str) -> bool {
    let has = |key: &str, value: &str| {
        os_release
            .lines()
            .filter_map(|line| line.split_once('='))
            .any(|(found, text)| found == key && text.trim_matches('"') == value)
    };
    has("ID", "debian") && has("VERSION_CODENAME", RELEASE)
}

/// What apt's sources on this machine say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sources {
    /// They ask for backports.
    Complete,
    /// They do not; this text in [`SOURCES_FILE`] does, from the machine's own mirror.
    Incomplete(String),
    /// They name no mirror of the release.
    NoMirror,
}

/// Reads apt's sources on this machine.
#[must_use]
pub fn sources() -> Sources {
    let directory = Path::new("/etc/apt");
    let mut texts =
        vec![std::fs::read_to_string(directory.join("sources.list")).unwrap_or_default()];
    if let Ok(entries) = directory.join("sources.list.d").read_dir() {
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let read = paths.iter().filter(|path| {
            path.extension().is_some_and(|extension| extension == "list" || extension == "sources")
        });
        texts.extend(read.filter_map(|path| std::fs::read_to_string(path).ok()));
    }
    judge(&texts)
}

/// A mirror and what is taken from it.
struct Source {
    address: String,
    suites: Vec<String>,
    components: Vec<String>,
}

fn judge(texts: &[String]) -> Sources {
    let sources: Vec<Source> =
        texts.iter().flat_map(|text| paragraphs(text).chain(lines(text))).collect();
    if sources.iter().any(|source| source.suites.iter().any(|suite| suite == SUITE)) {
        return Sources::Complete;
    }
    let mirror = sources.iter().find(|source| {
        source.suites.iter().any(|suite| suite == RELEASE)
            && source.components.iter().any(|component| component == "main")
    });
    match mirror {
        Some(Source { address, .. }) => Sources::Incomplete(format!(
            "Types: deb\nURIs: {address}\nSuites: {SUITE}\nComponents: main\nSigned-By: {KEYRING}\n"
        )),
        None => Sources::NoMirror,
    }
}

/// Sources in the form of deb822 (sources.list(5)).
fn paragraphs(text: &str) -> impl Iterator<Item = Source> {
    text.split("\n\n").filter_map(|paragraph| {
        let field = |name: &str| {
            let value = paragraph.lines().find_map(|line| line.strip_prefix(name))?;
            Some(value.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        if field("Enabled:").is_some_and(|value| value == ["no"]) {
            return None;
        }
        let address = field("URIs:")?.first()?.clone();
        Some(Source { address, suites: field("Suites:")?, components: field("Components:")? })
    })
}

/// Sources in the form of one line each.
fn lines(text: &str) -> impl Iterator<Item = Source> {
    text.lines().filter_map(|line| {
        let rest = line.strip_prefix("deb ")?.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(options) => options.split_once(']')?.1,
            None => rest,
        };
        let mut words = rest.split_whitespace().map(str::to_owned);
        Some(Source {
            address: words.next()?,
            suites: vec![words.next()?],
            components: words.collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &str = "Types: deb\nURIs: http://mirror.example/debian\n\
                          Suites: bookworm-backports\nComponents: main\n\
                          Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";

    #[test]
    fn the_mirror_of_the_machine_is_used_in_either_form() {
        let paragraphs = "Types: deb\nURIs: http://security.example/\nSuites: bookworm-security\n\
                          Components: main\n\nTypes: deb\nURIs: http://mirror.example/debian\n\
                          Suites: bookworm bookworm-updates\nComponents: main\n";
        let line =
            "# comment\ndeb [signed-by=/k arch=amd64] http://mirror.example/debian bookworm main\n";
        for text in [paragraphs, line] {
            assert_eq!(judge(&[text.to_owned()]), Sources::Incomplete(WANTED.to_owned()));
        }
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        let text = "deb http://mirror.example/debian bookworm-backports main".to_owned();
        assert_eq!(judge(&[text]), Sources::Complete);
        assert_eq!(judge(&[WANTED.to_owned()]), Sources::Complete);
    }

    #[test]
    fn a_source_that_is_switched_off_does_not_count() {
        let text = WANTED.replace("Types: deb\n", "Enabled: no\nTypes: deb\n");
        assert_eq!(judge(&[text]), Sources::NoMirror);
    }

    #[test]
    fn only_debian_12_needs_backports() {
        assert!(is_release("ID=debian\nVERSION_CODENAME=bookworm\n"));
        assert!(!is_release("ID=debian\nVERSION_CODENAME=trixie\n"));
        assert!(!is_release("ID=ubuntu\nVERSION_CODENAME=noble\n"));
    }
}

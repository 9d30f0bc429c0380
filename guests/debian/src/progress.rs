//! What the recipe is doing, for whoever waits for it.

use std::fmt;

/// One step of the recipe. The text form is a line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Another process is building in the same cache.
    Waiting,
    /// apt is being asked which packages to use.
    Resolving,
    /// apt gave no answer; the packages of the last build are used.
    UsingLastPackages {
        /// Why apt gave no answer.
        reason: String,
    },
    /// Packages are being downloaded.
    Downloading {
        /// The name of the first one.
        package: String,
        /// How many others come with it.
        more: usize,
        /// Bytes that have arrived.
        received: u64,
        /// Bytes of all of them.
        total: u64,
    },
    /// A package is being unpacked.
    Unpacking {
        /// The package's name.
        package: String,
    },
    /// The initial RAM disk is being put together.
    Assembling,
    /// Images in the cache are damaged and are made anew.
    Rebuilding,
}

impl fmt::Display for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        match self {
            Self::Waiting => write!(out, "waiting for another process that makes the same images"),
            Self::Resolving => write!(out, "asking apt for the packages"),
            Self::UsingLastPackages { reason } => {
                write!(out, "using the packages of the last build, as apt names none: {reason}")
            }
            Self::Downloading { package, more, received, total } => {
                let (received, total) = (mebibytes(*received), mebibytes(*total));
                let others = if *more > 0 { format!(" and {more} more") } else { String::new() };
                write!(out, "downloading {package}{others}: {received:.1} of {total:.1} MiB")
            }
            Self::Unpacking { package } => write!(out, "unpacking {package}"),
            Self::Assembling => write!(out, "assembling the initial RAM disk"),
            Self::Rebuilding => write!(out, "the cached images are damaged; making them anew"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn download_is_shown_in_mebibytes() {
        let text = |more| {
            let (package, received, total) = ("linux".into(), 1 << 19, 3 << 20);
            Progress::Downloading { package, more, received, total }.to_string()
        };
        assert_eq!(text(0), "downloading linux: 0.5 of 3.0 MiB");
        assert_eq!(text(7), "downloading linux and 7 more: 0.5 of 3.0 MiB");
    }
}

//! Makes the images of a Linux world from Debian's own packages, without root.
//!
//! The kernel is the one that `linux-image-amd64` stands for on this machine, unmodified. The
//! initial RAM disk holds `busybox-static`, the modules that a world's devices need, and an
//! `/init` of ours. Nothing is installed: packages are downloaded by `apt-get download`, checked
//! against the SHA-256 that apt's signed lists name, and unpacked by `dpkg-deb`. The same packages
//! give the same bytes.
//!
//! A [`Variant`] has more: packages with all that they depend on, modules, files and a script.
//!
//! Images are kept in a cache and need neither apt nor the network again until apt's lists change.

#![forbid(unsafe_code)]

mod apt;
mod cache;
mod control;
mod cpio;
mod digest;
mod error;
mod initrd;
mod linux_package;
mod module;
mod progress;
mod recipe;
mod root;
mod tool;
mod variant;
mod xen;

pub use cache::{Images, default_cache};
pub use control::Package;
pub use error::Error;
pub use progress::Progress;
pub use recipe::debian_world;
pub use variant::Variant;
pub use xen::xen;

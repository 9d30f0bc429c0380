//! From source to one bootable image.

pub mod elf;
pub mod pe;

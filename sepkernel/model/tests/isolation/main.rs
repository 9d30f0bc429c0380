//! The isolation check on thousands of generated layouts: good ones pass with the resource map that
//! they were made from, and each kind of breakage is found, with the entry at fault.

mod broken;
mod good;
mod layout;
mod tables;

//! The console (virtio 1.2, section 5.3): one port, with its size.

mod device;
mod ring;
#[cfg(test)]
mod tests;

pub use device::{Console, INPUT, OUTPUT};

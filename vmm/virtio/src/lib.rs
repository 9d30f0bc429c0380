//! A monitor's PCI host and its virtio devices.

#![no_std]
#![forbid(unsafe_code)]

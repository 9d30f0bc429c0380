//! A monitor's models of the devices of a PC that are not on PCI.

#![no_std]
#![forbid(unsafe_code)]

//! How a monitor loads its guest, decodes its instructions and describes the machine to it.

#![no_std]
#![forbid(unsafe_code)]

//! The resident separation kernel

fn main() {}

//! Boot program: three entries, one BootInfo, builds the kernel's world and locks it

fn main() {}

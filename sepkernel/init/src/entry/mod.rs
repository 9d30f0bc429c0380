//! The three ways to be started. Each fills one [`BootInfo`](crate::boot_info::BootInfo) and ends
//! in [`boot`](crate::boot::boot).

mod archive;
mod efi;
mod efi_files;
mod efi_rollback;
mod efi_tcg2;
mod multiboot2;
mod protected_mode;
mod pvh;

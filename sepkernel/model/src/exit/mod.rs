//! What it means that the hardware left a subject: an exception or interrupt while a native program
//! ran, or an exit of a virtual machine.

mod guest;
pub mod model_specific;
mod native;
mod report;
mod svm;

pub use guest::{
    ALIGNMENT_CHECK, Disposition, GENERAL_PROTECTION, GuestStop, KernelWork, disposition,
};
pub use model_specific::{HANDLED_REGISTERS, is_handled};
pub use native::{NativeExit, Origin, Vectors, classify};
pub use report::{Report, SvmInformation, report};
pub use svm::SvmExit;

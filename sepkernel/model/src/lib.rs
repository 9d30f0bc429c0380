//! The decisions of the resident kernel, as pure functions and small state machines.
//!
//! The kernel does what is decided here and decides nothing by itself, so that what keeps subjects
//! apart is tested on the host: by examples, by generated cases, and by exploring every reachable
//! state of small systems for noninterference (`tests/noninterference`).
//!
//! Nothing here touches hardware, allocates, recurses or panics. Tables are borrowed slices that the
//! boot program filled; a number that is not in a table has a defined answer.
//!
//! | module | decides | runs |
//! | --- | --- | --- |
//! | [`schedule`] | which frame it is, and when the next begins | kernel |
//! | [`subject`] | what a subject is doing, who may control it, whether it starts again | kernel |
//! | [`call`] | what a system call asks for | kernel |
//! | [`exit`] | what an exception, interrupt or virtual machine exit is | kernel |
//! | [`dispatch`] | who runs next, after whatever happened | kernel |
//! | [`processor`] | which processor a world is shown | kernel, boot program |
//! | [`audit`] | what a record holds | kernel, readers |
//! | [`iommu`] | what the tables hold that confine devices | boot program |
//! | [`isolation`] | whether the finished hardware tables keep subjects apart | boot program |
//! | [`text`] | what a finding says | boot program, host |

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod audit;
pub mod call;
pub mod dispatch;
pub mod exit;
pub mod iommu;
pub mod isolation;
pub mod processor;
pub mod schedule;
pub mod subject;
pub mod text;

//! Chains the kernel's audit records as they come, and says now and then how far it is: how many
//! records of each processor, the chain's head, and how much of its time each subject used.

#![no_std]
#![no_main]

use core::sync::atomic::Ordering;

use cloister_audit_chain::{Digest, Link, RECORD_BYTES};
use cloister_model::audit::Record;
use cloister_runtime::abi::{AuditBlock, FRAME_EVENT, Fetched, InfoPage};
use cloister_runtime::{audit, component, log, wait};
use sha2::{Digest as _, Sha256};

/// Frames between two reports.
const INTERVAL: u64 = 20;
/// The most processors.
const PROCESSORS: usize = 8;
/// Records that are chained in one frame: some hundred microseconds.
const AT_ONCE: usize = 8;

component!(main);

/// What was read of one processor.
#[derive(Clone, Copy)]
struct Progress {
    next: u64,
    lost: u64,
    link: Link,
}

fn main(info: &'static InfoPage) -> ! {
    let mut all = [Progress { next: 0, lost: 0, link: Link::START }; PROCESSORS];
    let mut frames = 0_u64;
    loop {
        wait(FRAME_EVENT);
        frames += 1;
        for (processor, (block, progress)) in audit::blocks(info).zip(&mut all).enumerate() {
            read(block, progress);
            if frames.is_multiple_of(INTERVAL) {
                report(processor, block, progress);
            }
        }
    }
}

fn read(block: &AuditBlock, progress: &mut Progress) {
    for _ in 0..AT_ONCE {
        match block.read(progress.next) {
            Fetched::Record(words) => {
                let (_, link) = progress.link.append(hash, &Record::from_words(words));
                progress.link = link;
                progress.next += 1;
            }
            Fetched::Gone(oldest) => {
                progress.lost += oldest.saturating_sub(progress.next);
                progress.next = oldest;
            }
            Fetched::NotYet => return,
        }
    }
}

fn report(processor: usize, block: &AuditBlock, progress: &Progress) {
    let [a, b, c, d, e, f, g, h, ..] = progress.link.digest;
    let head = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    log!("cpu {processor}: {} records, {head:016x}", progress.next);
    if progress.lost > 0 {
        log!("cpu {processor}: {} lost", progress.lost);
    }
    for (subject, usage) in block.usage.iter().enumerate() {
        let used = usage.used.load(Ordering::Relaxed).saturating_mul(100);
        if let Some(percent) = used.checked_div(usage.given.load(Ordering::Relaxed)) {
            log!("cpu {processor}: subject {subject} used {percent} %");
        }
    }
}

fn hash(before: &Digest, record: &[u8; RECORD_BYTES]) -> Digest {
    Sha256::new().chain_update(before).chain_update(record).finalize().into()
}

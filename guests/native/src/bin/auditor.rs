//! Chains the kernel's audit records as they come, and says now and then how far it is: how many
//! records of each processor, the chain's head, and how much of its time each subject used. Tells it to the
//! attester too, if the policy gives it a channel for that.

#![no_std]
#![no_main]

use core::sync::atomic::Ordering;

use cloister_audit_chain::Chains;
use cloister_audit_heads::{CHANNEL, Head, MAX_BYTES};
use cloister_runtime::abi::{AuditBlock, FRAME_EVENT, InfoPage};
use cloister_runtime::{Channel, audit, component, log, wait};

/// Frames between two reports.
const INTERVAL: u64 = 20;
/// Records that are chained in one frame: some hundred microseconds.
const AT_ONCE: usize = 8;

component!(main);

fn main(info: &'static InfoPage) -> ! {
    let mut chains = Chains::new();
    let mut attester = Channel::named(info, CHANNEL).and_then(|channel| channel.writer());
    let mut frames = 0_u64;
    loop {
        wait(FRAME_EVENT);
        frames += 1;
        let before = chains.heads();
        let blocks = audit::blocks(info).map(|block| |number| block.read(number));
        chains.read(blocks, AT_ONCE, |_| {});
        let heads = chains.heads();
        if let Some(attester) = attester.as_mut().filter(|_| heads != before) {
            // It fits: the compiler gives no channel less than 4 KiB.
            let _ = attester.write(heads.write(&mut [0; MAX_BYTES]));
        }
        if frames.is_multiple_of(INTERVAL) {
            for (processor, (block, head)) in audit::blocks(info).zip(heads.as_slice()).enumerate()
            {
                report(processor, block, head);
            }
        }
    }
}

fn report(processor: usize, block: &AuditBlock, head: &Head) {
    let [a, b, c, d, e, f, g, h, ..] = head.digest;
    let digest = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    log!("cpu {processor}: {} records, {digest:016x}", head.records);
    if head.lost > 0 {
        log!("cpu {processor}: {} lost", head.lost);
    }
    for (subject, usage) in block.usage.iter().enumerate() {
        let used = usage.used.load(Ordering::Relaxed).saturating_mul(100);
        if let Some(percent) = used.checked_div(usage.given.load(Ordering::Relaxed)) {
            log!("cpu {processor}: subject {subject} used {percent} %");
        }
    }
}

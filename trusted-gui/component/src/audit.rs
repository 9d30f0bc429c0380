//! What the kernel tells the policy's reader of audit records: what became of the worlds, and how much of
//! their processor time they use. Without `[audit] reader` in the policy there is nothing to read.

use core::sync::atomic::Ordering::Relaxed;

use cloister_audit_chain::Chains;
use cloister_audit_heads::{CHANNEL, MAX_BYTES};
use cloister_model::audit::Kind;
use cloister_policy_format::{PolicyView, SubjectIndex};
use cloister_runtime::abi::InfoPage;
use cloister_runtime::ring::Writer;
use cloister_runtime::{Channel, audit};
use cloister_screen::trusted::State;

use crate::records::Records;
use crate::time::Clock;
use crate::worlds::{self, Worlds};

/// Records of one processor that are read in one frame at most.
const AT_ONCE: usize = 8;

/// How far the records were read, and what worlds had used then.
pub struct Audit {
    info: &'static InfoPage,
    chains: Chains,
    /// To the attester, which learns how far they are chained.
    attester: Option<Writer<'static>>,
    /// Ticks given and used, by world.
    before: [(u64, u64); worlds::MOST],
}

impl Audit {
    /// From the oldest record on.
    pub fn new(info: &'static InfoPage) -> Self {
        let attester = Channel::named(info, CHANNEL).and_then(|channel| channel.writer());
        Self { info, chains: Chains::new(), attester, before: [(0, 0); worlds::MOST] }
    }

    /// Reads what is new; returns whether there was anything that the user is shown.
    pub fn read(
        &mut self,
        policy: &PolicyView<'_>,
        clock: &Clock,
        worlds: &mut Worlds,
        records: &mut Records,
    ) -> bool {
        let mut any = false;
        let before = self.chains.heads();
        let blocks = audit::blocks(self.info).map(|block| |number| block.read(number));
        self.chains.read(blocks, AT_ONCE, |record| {
            let subject = usize::from(record.subject.0);
            let Some(kind) = Kind::from_number(record.kind.into()) else { return };
            // Each processor says that the machine is locked; once is enough.
            if !is_shown(kind) || (kind == Kind::Lock && record.processor != 0) {
                return;
            }
            if let Some((world, state)) = worlds.shown.get_mut(subject).zip(state(kind)) {
                world.state = state;
            }
            let (seconds, what) = (clock.seconds_at(record.time), kind.words());
            match policy.subject_name(SubjectIndex(subject as u32)) {
                Some(name) => records.add(seconds, format_args!("{what}: {name}")),
                None => records.add(seconds, format_args!("{what}")),
            }
            any = true;
        });
        let heads = self.chains.heads();
        if let Some(attester) = self.attester.as_mut().filter(|_| heads != before) {
            // It fits: the compiler gives no channel less than 4 KiB.
            let _ = attester.write(heads.write(&mut [0; MAX_BYTES]));
        }
        any
    }

    /// Works out how much of its time each world used since the last call.
    pub fn measure(&mut self, worlds: &mut Worlds) {
        for ((index, world), before) in worlds.shown.iter_mut().enumerate().zip(&mut self.before) {
            let usages = audit::blocks(self.info).filter_map(|block| block.usage.get(index));
            let (given, used) = usages.fold((0_u64, 0_u64), |(given, used), usage| {
                (
                    given.saturating_add(usage.given.load(Relaxed)),
                    used.saturating_add(usage.used.load(Relaxed)),
                )
            });
            let share = used.saturating_sub(before.1).saturating_mul(100);
            let percent = share.checked_div(given.saturating_sub(before.0)).unwrap_or(0);
            world.cpu = percent.min(100) as u8;
            *before = (given, used);
        }
    }
}

/// Delays are for whoever looks into timing: on a slow machine they would hide the rest.
const fn is_shown(kind: Kind) -> bool {
    !matches!(kind, Kind::FrameLate | Kind::FrameMissed | Kind::BarrierBroken)
}

/// The state in which a world is after that.
const fn state(kind: Kind) -> Option<State> {
    match kind {
        Kind::Started | Kind::Resumed => Some(State::Running),
        Kind::Stopped | Kind::Ended | Kind::Restoring => Some(State::Stopped),
        Kind::Paused => Some(State::Paused),
        Kind::Fault | Kind::GuestStopped => Some(State::Failed),
        _ => None,
    }
}

//! The policy's schedule in ticks of this machine's clock.

use cloister_hardware::handoff::MAX_PROCESSORS;
use cloister_model::schedule::{self, MinorFrame, Plan};
use heapless::Vec;

use crate::arena::Arena;
use crate::partition::{Builder, push};
use crate::stop;

const MAX_FRAMES: usize = 256;

impl Builder<'_> {
    /// How many processors the policy's schedule uses.
    pub fn processors_needed(&self) -> usize {
        let numbers = self.policy.minor_frames().iter().map(|frame| frame.cpu.position() + 1);
        numbers.max().unwrap_or(0)
    }

    /// Each processor's plan.
    pub fn plans(&self, arena: &mut Arena) -> &'static [Plan<'static>] {
        let mut plans = Vec::<Plan<'static>, MAX_PROCESSORS>::new();
        let needed = self.processors_needed();
        let major = self.ticks(self.policy.system().major_frame);
        for processor in 0..needed {
            let mut list = Vec::<MinorFrame, MAX_FRAMES>::new();
            for frame in self.policy.minor_frames().iter() {
                if frame.cpu.position() != processor {
                    continue;
                }
                let start = self.ticks(frame.start);
                let length = self.ticks(frame.start + frame.duration) - start;
                let subject = frame.subject.map(|subject| self.runner(subject, frame.cpu));
                push(&mut list, MinorFrame { subject, start, length, barrier: frame.barrier });
            }
            let frames = arena.place(list.into_iter());
            let allowance = self.ticks(self.policy.machine().switch_cost);
            push(&mut plans, Plan { major, allowance, frames });
        }
        if let Err(error) = schedule::check_together(&plans) {
            stop!("the policy's schedule cannot be carried out: {error}");
        }
        arena.place(plans.into_iter())
    }

    /// A length of time in ticks.
    pub fn ticks(&self, nanoseconds: u64) -> u64 {
        (u128::from(nanoseconds) * u128::from(self.clock.ticks_per_second) / 1_000_000_000) as u64
    }
}

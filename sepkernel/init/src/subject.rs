//! What the kernel's decisions need to know of a subject of the policy.

use cloister_hardware::processor::PORT_BITMAP;
use cloister_model::subject::{
    CommandSet, EventBit, EventTarget, Group, Level, LevelRange, Restart, RestartRule, Right,
    Subject, SubjectId,
};
use cloister_policy_format as policy;
use cloister_policy_format::{Component, ControlRight, CpuSet, SubjectIndex, World};
use cloister_tables::MAX_SUBJECTS;
use heapless::Vec;

use crate::arena::Arena;
use crate::partition::{Allotted, Builder, MAX_CHANNELS, push};
use crate::{ports, stop};

/// A component that crashes starts again so often in so many of its frames, then stays stopped.
const RESTART_LIMIT: u8 = 3;
const RESTART_WINDOW: u16 = 16;

/// How a subject is scheduled.
pub struct Scheduled {
    levels: LevelRange,
    cpus: CpuSet,
    restart: policy::Restart,
    slack_to: Option<SubjectIndex>,
}

impl Scheduled {
    /// See the policy.
    pub fn of_world(world: &World<'_>) -> Self {
        let &World { cpus, restart, slack_to, .. } = world;
        Self { levels: LevelRange::single(level(world.level)), cpus, restart, slack_to }
    }

    /// See the policy.
    pub fn of_component(part: &Component<'_>) -> Self {
        let levels = LevelRange { low: level(part.low), high: level(part.high) };
        let &Component { cpus, restart, slack_to, .. } = part;
        Self { levels, cpus, restart, slack_to }
    }
}

impl Builder<'_> {
    /// Whom a subject may control.
    pub fn rights_of(&self, index: SubjectIndex) -> impl Iterator<Item = ControlRight> {
        self.policy.control_rights().iter().filter(move |right| right.subject == index)
    }

    /// What the kernel's decisions need to know of a component.
    pub fn subject(
        &self,
        arena: &mut Arena,
        index: SubjectIndex,
        part: &Scheduled,
        channels: &[Allotted],
    ) -> Subject<'static> {
        let mut events = Vec::<EventTarget, MAX_CHANNELS>::new();
        for (channel, allotted) in self.policy.channels().iter().zip(channels) {
            if channel.writer != index || channel.event.is_none() {
                continue;
            }
            let bit = u8::try_from(allotted.bit).ok().and_then(EventBit::new);
            let Some(bit) = bit else {
                stop!("channel {}: its reader has more events than there are bits", channel.name);
            };
            push(&mut events, EventTarget { receiver: id(channel.reader), bit });
        }
        for doorbell in self.doorbells(index) {
            push(&mut events, doorbell);
        }
        let mut rights = Vec::<Right, MAX_SUBJECTS>::new();
        for right in self.rights_of(index) {
            let commands = CommandSet(right.commands.0);
            push(&mut rights, Right { target: id(right.target), commands });
        }
        let when = match part.restart {
            policy::Restart::Never => Restart::Never,
            policy::Restart::OnCrash => Restart::OnCrash,
            policy::Restart::Always => Restart::Always,
        };
        let slack = part.slack_to.into_iter().map(id);
        Subject {
            levels: part.levels,
            processor: first(part.cpus),
            autostart: true,
            restart: RestartRule { when, limit: RESTART_LIMIT, window: RESTART_WINDOW },
            events: arena.place(events.into_iter()),
            rights: arena.place(rights.into_iter()),
            slack_to: arena.place(slack.collect::<Vec<_, 1>>().into_iter()),
            has_guest: false,
            group: Group::Alone,
        }
    }

    /// The component's I/O permission bitmap, if it has any port.
    pub fn ports(
        &self,
        arena: &mut Arena,
        index: SubjectIndex,
    ) -> Option<&'static [u8; PORT_BITMAP]> {
        let ranges = || ports::granted(self).filter(|range| range.subject == index);
        ranges().next()?;
        let mut bitmap = [0xff_u8; PORT_BITMAP];
        for port in ranges().flat_map(|range| range.first..=range.last) {
            if let Some(byte) = bitmap.get_mut(usize::from(port / 8)) {
                *byte &= !(1 << (port % 8));
            }
        }
        arena.place([bitmap].into_iter()).first()
    }
}

/// A subject of the policy, as the kernel numbers it.
pub fn id(index: SubjectIndex) -> SubjectId {
    SubjectId(index.0 as u16)
}

/// The first processor of these, by number.
pub fn first(cpus: CpuSet) -> u16 {
    cpus.iter().next().map_or(0, |cpu| cpu.position() as u16)
}

/// A level, as the kernel compares it.
pub fn level(level: policy::Level) -> Level {
    Level { classification: level.classification.0, compartments: level.compartments.0 }
}

/// A world that cannot run.
pub fn absent(level: Level) -> Subject<'static> {
    Subject {
        levels: LevelRange::single(level),
        processor: 0,
        autostart: false,
        restart: RestartRule::NEVER,
        events: &[],
        rights: &[],
        slack_to: &[],
        has_guest: false,
        group: Group::Alone,
    }
}

/// The place of a world's first subject among all of them.
pub fn group(arena: &mut Arena, members: &[SubjectId]) -> Group<'static> {
    match members {
        [] | [_] => Group::Alone,
        [_, others @ ..] => Group::Leads(arena.place(others.iter().copied())),
    }
}

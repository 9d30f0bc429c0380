//! The worlds of the policy: what the user is shown of each, and this component's ends of their channels.

use cloister_policy_format::{ChannelKind, PolicyView, SubjectIndex, World as Described};
use cloister_runtime::Channel;
use cloister_runtime::abi::InfoPage;
use cloister_runtime::ring::{InputRecord, Writer};
use cloister_screen::focus::World;
use cloister_screen::label::Label;
use cloister_screen::trusted::{State, WorldReport};
use cloister_screen::view::Pixels;
use heapless::Vec;

use crate::window::Window;

/// The most worlds that are shown.
pub const MOST: usize = 64;

/// What the user is shown of a world.
pub struct Shown {
    /// The policy's name for it.
    pub name: &'static str,
    label: Label,
    /// In MiB.
    memory: u32,
    window: Option<Window>,
    /// What it does.
    pub state: State,
    /// How much of its processor time it used lately, 0 to 100.
    pub cpu: u8,
}

/// All worlds, in the policy's order.
pub struct Worlds {
    /// What is shown of each.
    pub shown: Vec<Shown, MOST>,
    /// Where keys and movements for each go.
    pub inputs: Inputs,
}

/// Where keys and movements for each world go.
pub struct Inputs(Vec<Option<Input>, MOST>);

struct Input {
    channel: Channel,
    ring: Writer<'static>,
    /// Whether there is something that the world's monitor was not told of.
    fresh: bool,
}

impl Worlds {
    /// The worlds of the policy, for the component `own`. None if the policy has a level that it does not
    /// describe, which would leave a world without its label.
    pub fn new(
        policy: &PolicyView<'static>,
        info: &'static InfoPage,
        own: SubjectIndex,
    ) -> Option<Self> {
        let mut worlds = Self { shown: Vec::new(), inputs: Inputs(Vec::new()) };
        for (index, world) in policy.worlds().iter().enumerate().take(MOST) {
            let subject = SubjectIndex(index as u32);
            let window = position(policy, ChannelKind::Framebuffer, subject, own)
                .and_then(|position| info.channels().get(position));
            let Described { name, level, memory, framebuffer, .. } = world;
            let shown = Shown {
                name,
                label: Label::of_level(policy, level)?,
                memory: u32::try_from(memory >> 20).unwrap_or(u32::MAX),
                window: window.zip(framebuffer).and_then(|(at, size)| Window::new(at, size)),
                state: if world.autostart { State::Running } else { State::Stopped },
                cpu: 0,
            };
            let input = position(policy, ChannelKind::Input, own, subject)
                .and_then(|position| Channel::all(info).nth(position))
                .and_then(|channel| Some(Input { channel, ring: channel.writer()?, fresh: false }));
            // There is room for as many as are taken.
            let _ = worlds.shown.push(shown);
            let _ = worlds.inputs.0.push(input);
        }
        Some(worlds)
    }
}

/// Where the channel between these two is in this component's list: that of its own channels, in the
/// policy's order.
fn position(
    policy: &PolicyView<'static>,
    kind: ChannelKind,
    writer: SubjectIndex,
    reader: SubjectIndex,
) -> Option<usize> {
    let own = if kind == ChannelKind::Input { writer } else { reader };
    let mut channels =
        policy.channels().iter().filter(|one| one.writer == own || one.reader == own);
    channels.position(|one| one.kind == kind && (one.writer, one.reader) == (writer, reader))
}

impl Shown {
    /// What the trusted screen says of it.
    pub fn report(&self) -> WorldReport<'_> {
        WorldReport {
            name: self.name,
            label: &self.label,
            state: self.state,
            cpu: self.cpu,
            memory: self.memory,
            display: self.window.map(|window| window.size()),
        }
    }

    /// Its picture.
    pub fn pixels(&self) -> Option<&dyn Pixels> {
        self.window.as_ref().map(|window| window as &dyn Pixels)
    }
}

impl Inputs {
    /// Passes something on to a world.
    pub fn pass(&mut self, world: World, input: InputRecord) {
        let Some(Some(end)) = self.0.get_mut(usize::from(world)) else { return };
        // A record is far shorter than the ring.
        let _ = end.ring.write(&input.to_bytes());
        end.fresh = true;
    }

    /// Tells the monitors of worlds that something has come.
    pub fn tell(&mut self) {
        for end in self.0.iter_mut().flatten() {
            if core::mem::take(&mut end.fresh) {
                end.channel.signal();
            }
        }
    }
}

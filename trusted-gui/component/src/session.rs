//! What goes on between the user and the worlds: input in, picture out, once in each frame.

use cloister_policy_format::{Display, Flags, PolicyView, SubjectIndex};
use cloister_runtime::abi::{DeskPage, InfoPage};
use cloister_runtime::{control, log, now};
use cloister_screen::canvas::Canvas;
use cloister_screen::desk::{Desk, Output, Pointing, Settings};
use cloister_screen::focus::World;
use cloister_screen::geometry::Size;
use cloister_screen::input::scancode::ScancodeSet;
use cloister_screen::scanout::Scanout;
use cloister_screen::trusted::{Flow, Record, Report, WorldReport};
use cloister_screen::view::{Pixels, Scratch};
use heapless::Vec;

use crate::audit::Audit;
use crate::controller::{Byte, Controller};
use crate::flows;
use crate::machine::Machine;
use crate::pace::Pace;
use crate::records::Records;
use crate::time::Clock;
use crate::worlds::{self, Shown, Worlds};

/// A mouse is silent between packets for longer than this, in milliseconds.
const PAUSE: u64 = 100;
/// Requests that the user can make within one frame.
const MOST_REQUESTS: usize = 16;

/// What the user wants that is not input for a world.
type Requests = Vec<Output, MOST_REQUESTS>;

/// Everything that lasts.
pub struct Session {
    info: &'static InfoPage,
    policy: PolicyView<'static>,
    audit: Audit,
    measurement: [u8; 32],
    clock: Clock,
    controller: Controller,
    machine: Machine,
    desk: Desk,
    worlds: Worlds,
    flows: Vec<Flow<'static>, { flows::MOST }>,
    records: Records,
    pace: Pace,
    /// When the mouse was heard last.
    moved: u64,
    /// The second in which the report was made anew.
    reported: u32,
}

impl Session {
    /// Brings the input devices up, and begins with the trusted screen.
    pub fn new(
        info: &'static InfoPage,
        page: &'static DeskPage,
        policy: PolicyView<'static>,
        display: &Display,
        size: Size,
        worlds: Worlds,
    ) -> Self {
        let clock = Clock::new(info.ticks_per_second);
        let controller = Controller::start(clock);
        let settings =
            Settings::new(display, ScancodeSet::One, controller.protocol, Pointing::Relative);
        let count = worlds.shown.len() as World;
        let mut records = Records::new();
        records.add(0, format_args!("trusted GUI started"));
        Self {
            info,
            policy,
            audit: Audit::new(info),
            measurement: page.measurement,
            clock,
            controller,
            machine: Machine::new(&policy, SubjectIndex(info.subject as u32), page.power_off),
            desk: Desk::new(size, settings, count),
            worlds,
            flows: flows::of(&policy),
            records,
            pace: Pace::new(),
            moved: 0,
            reported: 0,
        }
    }

    /// One frame: takes input, carries out what the user wants, brings the screen up to date.
    pub fn step(
        &mut self,
        canvas: &mut Canvas<'_>,
        scratch: &mut Scratch,
        screen: &mut Scanout<'_>,
    ) {
        let requests = self.take_input();
        for request in requests {
            self.carry_out(request);
        }
        let seconds = self.clock.seconds();
        let (worlds, records) = (&mut self.worlds, &mut self.records);
        let mut fresh = self.audit.read(&self.policy, &self.clock, worlds, records);
        if seconds != self.reported {
            self.reported = seconds;
            self.audit.measure(worlds);
            fresh = true;
        }
        if fresh {
            self.desk.report_changed();
        }
        let start = now();
        let (shown, records) = (&self.worlds.shown, self.records.report());
        let list: Vec<_, { worlds::MOST }> = shown.iter().map(Shown::report).collect();
        let report =
            report(&self.policy, self.measurement, seconds, (&list, &self.flows, &records));
        let source = |world: World| -> Option<&dyn Pixels> {
            shown.get(usize::from(world)).and_then(|world| world.pixels())
        };
        self.desk.draw(canvas, &report, &source, scratch, self.pace.budget());
        canvas.show(screen, self.desk.pointer());
        self.pace.learn(start);
    }

    /// Gives the desk what keyboard and mouse sent. What is for worlds goes to them at once.
    fn take_input(&mut self) -> Requests {
        let now = now();
        if now.saturating_sub(self.moved) > self.clock.milliseconds(PAUSE) {
            self.desk.mouse_paused();
        }
        let mut requests = Requests::new();
        let list: Vec<_, { worlds::MOST }> = self.worlds.shown.iter().map(Shown::report).collect();
        let records = self.records.report();
        let report =
            report(&self.policy, self.measurement, self.reported, (&list, &self.flows, &records));
        let (desk, inputs, moved) = (&mut self.desk, &mut self.worlds.inputs, &mut self.moved);
        let mut sink = |output| match output {
            Output::Input { world, input } => inputs.pass(world, input),
            // Somebody who asks for more within one frame asks in vain.
            other => drop(requests.push(other)),
        };
        self.controller.poll(&mut |byte| match byte {
            Byte::Keyboard(byte) => desk.keyboard(byte, &report, &mut sink),
            Byte::Mouse(byte) => {
                *moved = now;
                desk.mouse(byte, &report, &mut sink);
            }
        });
        self.worlds.inputs.tell();
        requests
    }

    fn carry_out(&mut self, request: Output) {
        let seconds = self.clock.seconds();
        match request {
            // Passed on already.
            Output::Input { .. } => {}
            Output::Focused(world) => {
                let world = world.and_then(|world| self.worlds.shown.get(usize::from(world)));
                let name = world.map_or("trusted screen", |world| world.name);
                log!("focus: {name}");
                self.records.add(seconds, format_args!("focus: {name}"));
            }
            Output::Control { world, command } => {
                let name = self.worlds.shown.get(usize::from(world)).map_or("", |world| world.name);
                let right = self.info.right(name).filter(|(_, right)| right.allows(command));
                if !right.is_some_and(|(number, _)| control(number, command)) {
                    let text = format_args!("{command:?} {name}: the policy gives no right to");
                    self.records.add(seconds, text);
                    self.desk.report_changed();
                }
            }
            Output::Reboot => self.machine.reboot(&self.controller),
            Output::PowerOff => {
                if !self.machine.power_off() {
                    self.records.add(seconds, format_args!("this machine cannot be switched off"));
                    self.desk.report_changed();
                }
            }
        }
    }
}

/// What the trusted screen shows.
fn report<'r>(
    policy: &PolicyView<'static>,
    measurement: [u8; 32],
    uptime: u32,
    (worlds, flows, records): (&'r [WorldReport<'r>], &'r [Flow<'r>], &'r [Record<'r>]),
) -> Report<'r> {
    let system = policy.system();
    Report {
        system: system.name,
        version: system.version,
        unsafe_dma: system.flags.contains(Flags::UNSAFE_DMA),
        uptime,
        measurement,
        worlds,
        flows,
        records,
    }
}

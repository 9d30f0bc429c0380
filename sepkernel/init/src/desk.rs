//! What the trusted GUI is given: the screen, the policy, and what it shows of the boot.
//!
//! Where a policy names a GUI, the screen is that component's alone from lock on. The kernel keeps no
//! window on it, not even for a last message: a picture that only one program can have drawn is worth
//! more, and the message is in the crash record, which the next boot shows.

use cloister_abi::{DESK_PAGE_BYTES, DeskPage, FileView, PowerOff, ScreenInfo};
use cloister_bundle::{Digest, Role};
use cloister_hardware::console::{self, Topic};
use cloister_hardware::handoff::Range;
use cloister_hardware::layout::{FRAMEBUFFER_SPACE, PAGE};
use cloister_hardware::log;
use cloister_hardware::screen::Framebuffer;
use cloister_policy_format::{Display, SubjectIndex};
use cloister_tables::component;

use crate::address_space::{Access, User};
use crate::frames::Frames;
use crate::measure;
use crate::partition::Builder;
use crate::program::Loader;

/// The screen, which the boot log is on.
#[derive(Clone, Copy)]
pub struct Screen {
    /// Its pixels, by physical address.
    pub framebuffer: Framebuffer,
    /// The pages in which they lie.
    pub pages: Range,
}

impl Screen {
    /// The screen of this machine, if it has one that can be used.
    pub fn find() -> Option<Self> {
        let (framebuffer, _) = console::with(|console| console.screen_position())?;
        let start = framebuffer.address / PAGE * PAGE;
        let end = (framebuffer.address + framebuffer.size()).next_multiple_of(PAGE);
        let pages = Range { start, end };
        (pages.size() <= FRAMEBUFFER_SPACE).then_some(Self { framebuffer, pages })
    }
}

/// What the GUI shows and uses of this machine.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The screen.
    pub screen: Option<Screen>,
    /// What was measured: the value of the image's PCR.
    pub measurement: Digest,
    /// How the machine is switched off.
    pub power_off: PowerOff,
}

impl Desk {
    /// What this machine has.
    pub fn new(power_off: Option<PowerOff>) -> Self {
        Self {
            screen: Screen::find(),
            measurement: measure::image_pcr(),
            power_off: power_off.unwrap_or_default(),
        }
    }

    /// Gives the GUI all of it.
    pub fn give(&self, builder: &Builder<'_>, frames: &mut Frames, loader: &mut Loader<'_>) {
        let mut page = DeskPage {
            measurement: self.measurement.0,
            power_off: self.power_off,
            ..DeskPage::EMPTY
        };
        let name = loader.name;
        match self.screen {
            Some(Screen { framebuffer, pages }) => {
                let space = &mut loader.space;
                space.map_for(User::Component, frames, component::SCREEN, pages, Access::Write);
                page.screen = ScreenInfo {
                    address: component::SCREEN + framebuffer.address % PAGE,
                    width: framebuffer.width,
                    height: framebuffer.height,
                    stride: framebuffer.stride,
                    shifts: framebuffer.shifts,
                    reserved: 0,
                };
                warn_of_size(builder.policy.display(), &framebuffer);
                log!(Topic::Boot, "{name}: owns the screen; the kernel writes there no more");
            }
            None => {
                log!(Topic::Warning, "{name}: this machine has no screen that it could draw on")
            }
        }
        let policy = builder.bundle.the(Role::Policy);
        loader.add_read_only(frames, component::FILES, policy, policy.len() as u64);
        page.policy = FileView { address: component::FILES, size: policy.len() as u64 };
        // SAFETY: the page is made of integers without padding.
        let bytes =
            unsafe { core::slice::from_raw_parts((&raw const page).cast(), size_of::<DeskPage>()) };
        loader.add_read_only(frames, component::DESK, bytes, DESK_PAGE_BYTES as u64);
        match self.power_off.port {
            0 => log!(Topic::Boot, "{name}: cannot switch this machine off"),
            port => log!(Topic::Boot, "{name}: may switch the machine off, by port {port:#x}"),
        }
    }
}

impl Builder<'_> {
    /// The component that the policy gives the screen to.
    pub fn gui(&self) -> Option<SubjectIndex> {
        self.policy.display().map(|display| display.gui)
    }
}

fn warn_of_size(display: Option<Display>, screen: &Framebuffer) {
    let Some(Display { width, height, .. }) = display else { return };
    if screen.width < width.into() || screen.height < height.into() {
        log!(
            Topic::Warning,
            "the screen is smaller than the policy says: {width} x {height} pixels"
        );
    }
}

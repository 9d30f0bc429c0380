//! The console: serial line and, where there is one, the screen.

use spin::Mutex;

use crate::screen::{Color, Framebuffer, Screen};
use crate::serial;
use crate::text::Text;

/// What a line of the log is about; decides its first word and its colour on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic {
    /// The boot program's work.
    Boot,
    /// The resident kernel's work.
    Kernel,
    /// What a component says.
    Component,
    /// What the kernel records of subjects.
    Audit,
    /// Something that whoever relies on this appliance must know.
    Warning,
    /// A step that others wait for has been reached.
    Milestone,
    /// The appliance refuses to go on, and says why.
    Stop,
    /// A defect was found in our own code.
    Panic,
    /// The processor reported an exception in our own code.
    Exception,
}

impl Topic {
    /// The first word of the line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Kernel => "kernel",
            Self::Component => "component",
            Self::Audit => "audit",
            Self::Warning => "warning",
            Self::Milestone => "milestone",
            Self::Stop => "stop",
            Self::Panic => "panic",
            Self::Exception => "exception",
        }
    }

    const fn color(self) -> Color {
        match self {
            Self::Boot | Self::Kernel | Self::Component | Self::Audit => [0xd0, 0xd0, 0xd0],
            Self::Warning => [0xff, 0xd8, 0x6b],
            Self::Milestone => [0x7f, 0xe0, 0x9a],
            Self::Stop | Self::Panic | Self::Exception => [0xff, 0xb0, 0xa0],
        }
    }
}

/// Serial line and screen as one output.
#[derive(Debug)]
pub struct Console {
    screen: Option<Screen>,
}

/// The one console of this program.
static CONSOLE: Mutex<Console> = Mutex::new(Console { screen: None });

/// How often a locked console is tried before it is taken by force: long enough for another
/// processor's line, even on a slow serial line. What is held longer is held by code that was
/// interrupted for good.
const PATIENCE: u32 = 20_000_000;

/// Runs `action` on the console, whoever holds it: the last words of a dying program matter more
/// than an unbroken line.
pub fn with<R>(action: impl FnOnce(&mut Console) -> R) -> R {
    for _ in 0..PATIENCE {
        if let Some(mut console) = CONSOLE.try_lock() {
            return action(&mut console);
        }
    }
    // SAFETY: the holder was interrupted by the exception that is now reported and does not run
    // on; the console's state is valid at every instruction.
    unsafe { CONSOLE.force_unlock() };
    action(&mut CONSOLE.lock())
}

/// Writes one line of the log: the topic's word, what `write` writes, a line end.
pub fn line(topic: Topic, write: impl FnOnce(&mut Console)) {
    with(|console| {
        if let Some(screen) = &mut console.screen {
            screen.foreground = topic.color();
        }
        console.text(topic.word());
        console.text(": ");
        write(console);
        console.text("\n");
    });
}

impl Console {
    /// Also writes on the screen from now on, from text line `row`; at line 0 the screen is
    /// cleared first.
    ///
    /// # Safety
    /// As [`Screen::new`].
    pub unsafe fn attach_screen(&mut self, framebuffer: Framebuffer, row: u32) {
        // SAFETY: passed on to the caller.
        let mut screen = unsafe { Screen::new(framebuffer, row) };
        if row == 0 {
            screen.clear();
        }
        self.screen = Some(screen);
    }

    /// The screen's framebuffer and the text line that is written next.
    #[must_use]
    pub fn screen_position(&self) -> Option<(Framebuffer, u32)> {
        self.screen.as_ref().map(|screen| (screen.framebuffer(), screen.row()))
    }
}

impl Text for Console {
    fn text(&mut self, string: &str) {
        for byte in string.bytes() {
            if byte == b'\n' {
                serial::send(b'\r');
            }
            serial::send(byte);
            if let Some(screen) = &mut self.screen {
                screen.write(byte);
            }
        }
    }
}

impl core::fmt::Write for Console {
    fn write_str(&mut self, string: &str) -> core::fmt::Result {
        self.text(string);
        Ok(())
    }
}

/// Writes a line of the log with `core::fmt`; not for the resident kernel, as formatting can panic.
#[macro_export]
macro_rules! log {
    ($topic:expr, $($argument:tt)+) => {
        $crate::console::line($topic, |line| {
            // The console takes everything, so writing to it cannot fail.
            let _ = core::fmt::Write::write_fmt(line, format_args!($($argument)+));
        })
    };
}

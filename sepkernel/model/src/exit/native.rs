//! Exceptions and interrupts (AMD APM volume 2, section 8.2).
//!
//! What a native program can cause stops that program at most. What it cannot cause, and what the
//! kernel itself causes, is fatal: going on would mean to trust a machine or a kernel that is
//! broken.

/// What the processor was doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// It ran a native program in ring 3.
    Subject,
    /// It waited for an interrupt, in the kernel.
    Idle,
    /// It ran other kernel code, where interrupts are off.
    Kernel,
}

/// The interrupt vectors that the kernel gave a meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vectors {
    /// The end of a frame.
    pub timer: u8,
    /// Another processor raised an event.
    pub wake_up: u8,
    /// The interrupt controller took an interrupt back.
    pub spurious: u8,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NativeExit {
    /// A frame ends.
    FrameEnd,
    /// Events may be pending for the subject whose frame it is.
    WakeUp,
    /// A device interrupts; the number is the vector.
    Device(u8),
    /// Nothing: go on.
    Spurious,
    /// The native program did what it must not.
    Fault,
    /// The kernel cannot go on; the number is the vector.
    Fatal(u8),
}

/// The first vector that is not an exception.
const FIRST_INTERRUPT: u8 = 32;

/// What an exception or interrupt is.
#[must_use]
pub const fn classify(origin: Origin, vector: u8, vectors: &Vectors) -> NativeExit {
    match (origin, vector) {
        (Origin::Kernel, _) => NativeExit::Fatal(vector),
        // Non-maskable interrupt, double fault, machine check, security exception.
        (_, 2 | 8 | 18 | 30) => NativeExit::Fatal(vector),
        (Origin::Idle, ..FIRST_INTERRUPT) => NativeExit::Fatal(vector),
        (Origin::Subject, ..FIRST_INTERRUPT) => NativeExit::Fault,
        (_, FIRST_INTERRUPT..) => interrupt(vector, vectors),
    }
}

const fn interrupt(vector: u8, vectors: &Vectors) -> NativeExit {
    if vector == vectors.timer {
        NativeExit::FrameEnd
    } else if vector == vectors.wake_up {
        NativeExit::WakeUp
    } else if vector == vectors.spurious {
        NativeExit::Spurious
    } else {
        NativeExit::Device(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: Vectors = Vectors { timer: 0xf0, wake_up: 0xf1, spurious: 0xff };

    fn subject(vector: u8) -> NativeExit {
        classify(Origin::Subject, vector, &VECTORS)
    }

    #[test]
    fn a_native_program_cannot_cause_a_fatal_exit() {
        // What software in ring 3 can raise: all exceptions but those of the machine itself.
        let fatal: std::vec::Vec<_> =
            (0..=255).filter(|&v| matches!(subject(v), NativeExit::Fatal(_))).collect();
        assert_eq!(fatal, [2, 8, 18, 30]);
        assert_eq!(subject(14), NativeExit::Fault);
    }

    #[test]
    fn interrupts_are_told_apart_by_their_vectors() {
        assert_eq!(subject(0xf0), NativeExit::FrameEnd);
        assert_eq!(subject(0xf1), NativeExit::WakeUp);
        assert_eq!(subject(0xff), NativeExit::Spurious);
        assert_eq!(subject(0x20), NativeExit::Device(0x20));
        assert_eq!(classify(Origin::Idle, 0xf0, &VECTORS), NativeExit::FrameEnd);
    }

    #[test]
    fn whatever_the_kernel_raises_is_fatal() {
        for vector in 0..=255 {
            let exit = classify(Origin::Kernel, vector, &VECTORS);
            assert_eq!(exit, NativeExit::Fatal(vector));
        }
        assert_eq!(classify(Origin::Idle, 14, &VECTORS), NativeExit::Fatal(14));
    }
}

//! One 8259A (Intel data sheet 231468).

/// Initialization command word 1, told by this bit in the command register.
const INITIALIZE: u8 = 1 << 4;
/// In ICW1: ICW4 follows.
const FOURTH_WORD: u8 = 1 << 0;
/// In ICW4: end of interrupt is automatic.
const AUTOMATIC_END: u8 = 1 << 1;
/// In ICW4: a slave's second interrupt passes while the first is in service.
const FULLY_NESTED: u8 = 1 << 4;
/// Operation command word 3, told by this bit.
const THIRD_OPERATION: u8 = 1 << 3;

/// Which word the data register takes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expects {
    Mask,
    Second,
    Third,
    Fourth,
}

/// One chip of the pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chip {
    lines: u8,
    level_triggered: u8,
    level_selectable: u8,
    requests: u8,
    mask: u8,
    in_service: u8,
    lowest: u8,
    base: u8,
    expects: Expects,
    fourth_follows: bool,
    automatic_end: bool,
    rotate_on_automatic_end: bool,
    fully_nested: bool,
    special_mask: bool,
    read_in_service: bool,
    poll: bool,
}

impl Chip {
    /// A chip on which the inputs of `level_selectable` can be made level-triggered.
    pub(super) const fn new(level_selectable: u8) -> Self {
        Self {
            lines: 0,
            level_triggered: 0,
            level_selectable,
            requests: 0,
            // As firmware leaves it: nothing passes before the guest has set it up.
            mask: 0xff,
            in_service: 0,
            lowest: 7,
            base: 0,
            expects: Expects::Mask,
            fourth_follows: false,
            automatic_end: false,
            rotate_on_automatic_end: false,
            fully_nested: false,
            special_mask: false,
            read_in_service: false,
            poll: false,
        }
    }

    pub(super) const fn base(&self) -> u8 {
        self.base
    }

    pub(super) const fn fully_nested(&self) -> bool {
        self.fully_nested
    }

    /// Sets an input. An edge that has been seen stays requested although the line falls.
    pub(super) fn line(&mut self, input: u8, level: bool) {
        let bit = 1u8 << (input & 7);
        if level {
            if self.level_triggered & bit != 0 || self.lines & bit == 0 {
                self.requests |= bit;
            }
            self.lines |= bit;
        } else {
            self.requests &= !(self.level_triggered & bit);
            self.lines &= !bit;
        }
    }

    /// Sets whether an input requests, whatever it did before: for the cascade.
    pub(super) fn request(&mut self, input: u8, level: bool) {
        let bit = 1u8 << (input & 7);
        self.requests = if level { self.requests | bit } else { self.requests & !bit };
    }

    pub(super) const fn level_triggered(&self) -> u8 {
        self.level_triggered
    }

    pub(super) fn set_level_triggered(&mut self, value: u8) {
        self.level_triggered = value & self.level_selectable;
        self.requests |= self.lines & self.level_triggered;
    }

    /// The input with the highest priority of a set.
    fn highest(&self, set: u8) -> Option<u8> {
        let first = self.first();
        let rotated = set.rotate_right(first.into());
        (set != 0).then(|| (rotated.trailing_zeros() as u8).wrapping_add(first) & 7)
    }

    /// The input of the highest priority.
    const fn first(&self) -> u8 {
        self.lowest.wrapping_add(1) & 7
    }

    /// How far an input is from the highest priority.
    const fn distance(&self, input: u8) -> u8 {
        input.wrapping_sub(self.first()) & 7
    }

    /// The request that interrupts now. A request of the inputs in `cascade` passes although the same
    /// input is in service.
    pub(super) fn pending(&self, cascade: u8) -> Option<u8> {
        let request = self.highest(self.requests & !self.mask)?;
        let blocking =
            if self.special_mask { self.in_service & !self.mask } else { self.in_service };
        let distance = self.distance(request);
        let blocked = |set, least| {
            self.highest(set)
                .is_some_and(|served| distance >= self.distance(served).wrapping_add(least))
        };
        let passes = !blocked(blocking & !cascade, 0) && !blocked(blocking & cascade, 1);
        passes.then_some(request)
    }

    /// The processor acknowledges a request.
    pub(super) fn acknowledge(&mut self, input: u8) {
        let bit = 1u8 << (input & 7);
        if self.level_triggered & bit == 0 {
            self.requests &= !bit;
        }
        if self.automatic_end {
            if self.rotate_on_automatic_end {
                self.lowest = input & 7;
            }
        } else {
            self.in_service |= bit;
        }
    }

    /// Reads the command register: requests, what is in service, or the answer to a poll.
    pub(super) fn read_command(&mut self) -> u8 {
        if self.poll {
            self.poll()
        } else if self.read_in_service {
            self.in_service
        } else {
            self.requests
        }
    }

    /// Reads the data register: the mask, or the answer to a poll.
    pub(super) fn read_data(&mut self) -> u8 {
        if self.poll { self.poll() } else { self.mask }
    }

    fn poll(&mut self) -> u8 {
        self.poll = false;
        match self.pending(0) {
            Some(input) => {
                self.acknowledge(input);
                0x80 | input
            }
            None => 0,
        }
    }

    pub(super) fn write_command(&mut self, value: u8) {
        if value & INITIALIZE != 0 {
            *self = Self {
                lines: self.lines,
                level_triggered: self.level_triggered,
                requests: self.lines & self.level_triggered,
                mask: 0,
                base: self.base,
                expects: Expects::Second,
                fourth_follows: value & FOURTH_WORD != 0,
                ..Self::new(self.level_selectable)
            };
        } else if value & THIRD_OPERATION != 0 {
            self.poll = value & 0x04 != 0;
            if value & 0x02 != 0 {
                self.read_in_service = value & 0x01 != 0;
            }
            if value & 0x40 != 0 {
                self.special_mask = value & 0x20 != 0;
            }
        } else {
            self.operate(value >> 5, value & 7);
        }
    }

    /// Operation command word 2: end of interrupt and rotation.
    fn operate(&mut self, operation: u8, input: u8) {
        match operation {
            0 | 4 => self.rotate_on_automatic_end = operation == 4,
            1 | 5 => {
                let served =
                    if self.special_mask { self.in_service & !self.mask } else { self.in_service };
                if let Some(ended) = self.highest(served) {
                    self.in_service &= !(1 << ended);
                    if operation == 5 {
                        self.lowest = ended;
                    }
                }
            }
            3 | 7 => {
                self.in_service &= !(1 << input);
                if operation == 7 {
                    self.lowest = input;
                }
            }
            6 => self.lowest = input,
            _ => {}
        }
    }

    pub(super) fn write_data(&mut self, value: u8) {
        self.expects = match self.expects {
            Expects::Mask => {
                self.mask = value;
                Expects::Mask
            }
            Expects::Second => {
                self.base = value & 0xf8;
                Expects::Third
            }
            // The wiring of the cascade is fixed.
            Expects::Third if self.fourth_follows => Expects::Fourth,
            Expects::Third => Expects::Mask,
            Expects::Fourth => {
                self.automatic_end = value & AUTOMATIC_END != 0;
                self.fully_nested = value & FULLY_NESTED != 0;
                Expects::Mask
            }
        };
    }
}

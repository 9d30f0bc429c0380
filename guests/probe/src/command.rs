//! The words of the command line.

/// What the probe does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// `bench`: measures what an exit, an interrupt and plain work cost.
    Bench,
    /// `switch`: measures what it costs to give the processor to another world and back.
    Switch,
    /// `draw`: measures what the trusted GUI's drawing costs.
    Draw,
    /// `record`: a running digest of all that it sees. With `trace`, each value too.
    Record,
    /// `attack`: what a hostile guest does. `only=NAME,NAME` names attacks, `all-ports` includes the
    /// ports that end the world itself.
    Attack,
    /// `dma`: has QEMU's teaching device copy within its own memory, then from and to everything else.
    Dma,
    /// `spin`: an endless loop.
    Spin,
    /// `exits`: an endless loop of exits.
    Exits,
    /// `flood`: sends frames to all of a link for ever.
    Flood,
    /// `receive`: takes what comes by a link for ever.
    Receive,
    /// `idle`: waits for ever.
    Idle,
}

impl Command {
    /// The first word that is a command; others are skipped, such as a loader's own.
    pub fn of(line: &str) -> Option<Self> {
        line.split_ascii_whitespace().find_map(|word| match word {
            "bench" => Some(Self::Bench),
            "switch" => Some(Self::Switch),
            "draw" => Some(Self::Draw),
            "record" => Some(Self::Record),
            "attack" => Some(Self::Attack),
            "dma" => Some(Self::Dma),
            "spin" => Some(Self::Spin),
            "exits" => Some(Self::Exits),
            "flood" => Some(Self::Flood),
            "receive" => Some(Self::Receive),
            "idle" => Some(Self::Idle),
            _ => None,
        })
    }
}

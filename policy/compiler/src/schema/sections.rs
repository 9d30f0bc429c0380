//! The sections and keys.

use super::{
    ACCESS, CHANNEL_KIND, CHARSET, CLASS, COMMAND, CONFIRM, KEYBOARD, Key, Kind, LEGACY, PATTERN,
    RESTART, ROLE, Section, Shape, TPM, words,
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const TIB: u64 = 1 << 40;
const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000 * MICROSECOND;
const SECOND: u64 = 1_000 * MILLISECOND;

/// The version of the language that this compiler reads.
pub const FORMAT: u64 = 1;

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, doc, required: true, kind }
}

const fn may(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, doc, required: false, kind }
}

const fn one(
    name: &'static str,
    required: bool,
    doc: &'static str,
    keys: &'static [Key],
) -> Section {
    Section { name, doc, shape: Shape::One, required, keys }
}

const fn named(name: &'static str, doc: &'static str, keys: &'static [Key]) -> Section {
    Section { name, doc, shape: Shape::Named, required: false, keys }
}

const CPU: Kind = Kind::Integer { min: 0, max: 63 };
const MEMORY: Kind = Kind::Size { min: 4 * KIB, max: TIB };
const SUBJECTS: Kind = Kind::List(&Kind::Subject);

const FILE: &[Key] = &[
    must("file", Kind::Path, "Path below the image root."),
    may(
        "sha256",
        Kind::Digest,
        "Digest that the content must have; leave it out to take the file as it is (a warning).",
    ),
];

const DISK: &[Key] = &[
    must("file", Kind::Path, "Path below the image root."),
    may(
        "sha256",
        Kind::Digest,
        "Digest that the content must have; leave it out to take the file as it is (a warning).",
    ),
    may(
        "access",
        Kind::Choice(&words(&ACCESS)),
        "Whether writes are dropped (`fresh`, the default), refused or kept.",
    ),
];

const CONTENT: &[Key] = &[
    may("type", Kind::MediaType, "Media type that passes."),
    may("charset", Kind::Choice(&words(&CHARSET)), "Characters that pass; `ascii` unless said."),
    may("max", Kind::Size { min: 1, max: 64 * MIB }, "The most that one transfer carries."),
    may("rate", Kind::Rate, "How often a transfer may happen, such as `10/min`."),
];

const MMIO: &[Key] =
    &[must("address", Kind::Address, "Physical address."), must("size", MEMORY, "Length.")];

const INTERRUPT: &[Key] = &[
    must("line", Kind::Integer { min: 0, max: 23 }, "Number of the line."),
    may("owner", Kind::Subject, "Who gets it; the device's owner unless said."),
];

const SLOT: &[Key] = &[
    may("subject", Kind::Subject, "Who runs; leave it out to idle."),
    must("time", Kind::Duration { min: MICROSECOND, max: 10 * SECOND }, "How long."),
    may("barrier", Kind::Flag, "Whether the processors meet at the end of this slot."),
];

/// All sections, in the order in which a policy is best written.
pub const SECTIONS: &[Section] = &[
    one(
        "system",
        true,
        "What holds for the whole appliance.",
        &[
            must("name", Kind::Text { most: 40 }, "The policy's name, shown to the user."),
            must(
                "version",
                Kind::Integer { min: 1, max: u32::MAX as u64 },
                "Grows with each change; the appliance refuses a version older than one it has run.",
            ),
            may(
                "strict",
                Kind::Flag,
                "Burn idle time instead of giving it along allowed flows; true unless said.",
            ),
            may(
                "debug",
                Kind::Flag,
                "Write the kernel's log to the serial line (evidence says so); false unless said.",
            ),
            may(
                "unsafe-dma",
                Kind::Flag,
                "Let devices write memory on a machine without IOMMU (screen and evidence say so); false unless said.",
            ),
            may(
                "monitor",
                Kind::Table(FILE),
                "The program that emulates the worlds' devices, a static ELF; `native/monitor` unless said, if there is such a file.",
            ),
        ],
    ),
    one(
        "machine",
        true,
        "The least machine that the policy is for.",
        &[
            must("memory", Kind::Size { min: 64 * MIB, max: TIB }, "Memory."),
            must("cpus", Kind::Integer { min: 1, max: 64 }, "Logical processors."),
            may("iommu", Kind::Flag, "Whether it has an IOMMU; true unless said."),
            may(
                "siblings",
                Kind::List(&Kind::List(&CPU)),
                "Groups of processors that share a core (hyper-threads).",
            ),
            may(
                "switch-cost",
                Kind::Duration { min: MICROSECOND, max: 10 * MILLISECOND },
                "The time that every switch between subjects is padded to; 20 us unless said.",
            ),
        ],
    ),
    one(
        "lattice",
        true,
        "The levels.",
        &[
            must("levels", Kind::List(&Kind::Name), "Classifications, lowest first."),
            may("compartments", Kind::List(&Kind::Name), "Compartments."),
        ],
    ),
    named(
        "marking",
        "How a classification is shown.",
        &[
            must("long", Kind::Text { most: 32 }, "Text where there is room."),
            must("short", Kind::Text { most: 8 }, "Text where there is little room."),
            must("color", Kind::Color, "Ground of the label strip, as `#RRGGBB`."),
            may(
                "text-color",
                Kind::Color,
                "Text on it; black or white, whichever reads better, unless said.",
            ),
            may(
                "pattern",
                Kind::Choice(&words(&PATTERN)),
                "Border pattern, for those who cannot rely on colour; `solid` unless said.",
            ),
        ],
    ),
    named(
        "compartment",
        "How a compartment is shown; its name in capitals unless said.",
        &[
            must("long", Kind::Text { most: 32 }, "Text where there is room."),
            must("short", Kind::Text { most: 8 }, "Text where there is little room."),
        ],
    ),
    named(
        "image",
        "What worlds start from.",
        &[
            must(
                "kernel",
                Kind::Table(FILE),
                "The kernel file: Linux bzImage, PVH ELF or Multiboot 1.",
            ),
            may("initrd", Kind::Table(FILE), "The initial RAM disk."),
            may("disk", Kind::Table(DISK), "The disk."),
            may("command-line", Kind::Text { most: 4096 }, "The kernel's command line."),
        ],
    ),
    named(
        "world",
        "A virtual machine at one level.",
        &[
            must("level", Kind::Level, "The level of everything in it."),
            must("image", Kind::Image, "What it starts from."),
            must(
                "memory",
                Kind::Size { min: 2 * MIB, max: TIB },
                "Its memory, a multiple of 2 MiB.",
            ),
            may(
                "monitor-memory",
                MEMORY,
                "Memory of its monitor beside the framebuffer; 4 MiB unless said.",
            ),
            must(
                "cpus",
                Kind::List(&CPU),
                "Processors that it is scheduled on, one virtual processor each.",
            ),
            may(
                "devices",
                Kind::List(&Kind::Grant),
                "Virtual devices, and `network:` with an outside network's name.",
            ),
            may("framebuffer", Kind::Resolution, "Size of its screen; the display's unless said."),
            may(
                "restart",
                Kind::Choice(&words(&RESTART)),
                "What happens when it stops; `never` unless said.",
            ),
            may("autostart", Kind::Flag, "Whether it starts at boot; true unless said."),
            may("slack-to", Kind::Subject, "Who gets what it leaves of its slot."),
        ],
    ),
    named(
        "component",
        "A native program with a few rights.",
        &[
            may("role", Kind::Choice(&words(&ROLE)), "What it is for; `service` unless said."),
            may(
                "trusted",
                Kind::Flag,
                "Whether it is trusted with several levels; false unless said.",
            ),
            may("level", Kind::Level, "Its level, when it has one."),
            may(
                "levels",
                Kind::LevelRange,
                "The lowest and highest level that it handles, when it is trusted with several.",
            ),
            must("program", Kind::Table(FILE), "The program, a static ELF."),
            must("memory", MEMORY, "Its working memory, a multiple of 4 KiB."),
            may(
                "stack",
                Kind::Size { min: 4 * KIB, max: 16 * MIB },
                "Its stack, a multiple of 4 KiB; 64 KiB unless said.",
            ),
            must("cpus", Kind::List(&CPU), "Processors that it is scheduled on."),
            may(
                "restart",
                Kind::Choice(&words(&RESTART)),
                "What happens when it faults; `never` unless said.",
            ),
            may("slack-to", Kind::Subject, "Who gets what it leaves of its slot."),
            may("handover-to", Kind::Subject, "Whom it calls in the rest of its own slot."),
            may(
                "runs-every",
                Kind::Duration { min: MICROSECOND, max: 10 * SECOND },
                "The longest that others wait until it runs.",
            ),
            may(
                "ports",
                Kind::List(&Kind::Range { max: 0xffff }),
                "I/O ports, such as `0x60-0x64`.",
            ),
            may(
                "read-msrs",
                Kind::List(&Kind::Range { max: 0xffff_ffff }),
                "Model-specific registers that it may read.",
            ),
            may(
                "write-msrs",
                Kind::List(&Kind::Range { max: 0xffff_ffff }),
                "Model-specific registers that it may read and write.",
            ),
            may("mmio", Kind::List(&Kind::Table(MMIO)), "Device memory."),
            may(
                "controls",
                Kind::Map { numbered: false, value: &Kind::List(&Kind::Choice(&words(&COMMAND))) },
                "What it may ask of other worlds and components, such as `{ mail = [\"start\", \"stop\"] }`.",
            ),
        ],
    ),
    named(
        "channel",
        "Memory with one writer and one reader.",
        &[
            must("from", Kind::Subject, "The writer."),
            must("to", Kind::Subject, "The reader."),
            may(
                "kind",
                Kind::Choice(&words(&CHANNEL_KIND)),
                "`ring` (records, the default), `file-drop` (files), or `dialogue` (records both ways, between equals).",
            ),
            must(
                "size",
                Kind::Size { min: 1, max: TIB },
                "Length: 4 KiB, doubled as often as needed.",
            ),
            may("event", Kind::Name, "The event that the writer may raise at the reader."),
            may(
                "from-address",
                Kind::Address,
                "Where a writing world sees it; its monitor chooses unless said.",
            ),
            may(
                "to-address",
                Kind::Address,
                "Where a reading world sees it; its monitor chooses unless said.",
            ),
            may("because", Kind::Text { most: 400 }, "Why it exists."),
        ],
    ),
    named(
        "link",
        "A network between worlds: of one level both ways, or one way up.",
        &[
            may("worlds", SUBJECTS, "Worlds that send and receive."),
            may("from", Kind::Subject, "The sender of a one-way link."),
            may("to", SUBJECTS, "The receivers of a one-way link."),
            may(
                "size",
                Kind::Size { min: 1, max: TIB },
                "Length of each of its channels; 256 KiB unless said.",
            ),
        ],
    ),
    named(
        "network",
        "A network outside the appliance.",
        &[
            must("level", Kind::Level, "The level that it is cleared for."),
            may("driver", Kind::Subject, "The component that drives the port."),
        ],
    ),
    named(
        "clipboard",
        "What the user may copy and paste between worlds.",
        &[
            must("from", SUBJECTS, "Worlds to copy from."),
            must("to", SUBJECTS, "Worlds to paste into."),
            may(
                "max",
                Kind::Size { min: 1, max: 16 * MIB },
                "The most that one paste carries; 64 KiB unless said.",
            ),
            may(
                "timeout",
                Kind::Duration { min: SECOND, max: 3600 * SECOND },
                "How long a copied text stays; 60 s unless said.",
            ),
            may(
                "confirm",
                Kind::Choice(&words(&CONFIRM)),
                "What the user is asked; `user-sees-content` unless said.",
            ),
        ],
    ),
    named(
        "guard",
        "A filter, the only way down.",
        &[
            must("from", Kind::Subject, "Where data comes from."),
            must("to", Kind::Subject, "Where data goes to."),
            must("component", Kind::Subject, "The trusted component that filters."),
            may("content", Kind::Table(CONTENT), "What may pass."),
            may("confirm", Kind::Choice(&words(&CONFIRM)), "What the user does before data moves."),
            may("expires", Kind::Date, "The last day on which it works."),
            may("because", Kind::Text { most: 400 }, "Why it exists."),
            may(
                "size",
                Kind::Size { min: 1, max: TIB },
                "Length of each of its two channels; 64 KiB unless said.",
            ),
        ],
    ),
    named(
        "device",
        "A physical device and its one owner.",
        &[
            may(
                "class",
                Kind::Choice(&words(&CLASS)),
                "Found as the only PCI device of its class.",
            ),
            may(
                "vendor-device",
                Kind::PciIdentity,
                "Found as the only PCI device with these numbers, such as `1af4:1041`.",
            ),
            may("address", Kind::PciAddress, "Found at its place on PCI, such as `00:03.0`."),
            may("legacy", Kind::Choice(&words(&LEGACY)), "A device of the PC that is not on PCI."),
            must("owner", Kind::Subject, "Who alone may use it."),
            may(
                "iommu-group",
                Kind::Integer { min: 0, max: 65_535 },
                "The IOMMU group that it is in.",
            ),
            may(
                "dma",
                Kind::Flag,
                "Whether it writes memory by itself; true for PCI devices unless said.",
            ),
            may("interrupt", Kind::Table(INTERRUPT), "Its legacy interrupt."),
        ],
    ),
    one(
        "schedule",
        true,
        "Who runs when.",
        &[
            must(
                "major-frame",
                Kind::Duration { min: MICROSECOND, max: 3600 * SECOND },
                "Length of the cycle.",
            ),
            must(
                "cpu",
                Kind::Map { numbered: true, value: &Kind::List(&Kind::Table(SLOT)) },
                "The slots of each processor, in their order.",
            ),
        ],
    ),
    one(
        "display",
        false,
        "The trusted screen.",
        &[
            must("gui", Kind::Subject, "The component that owns screen and input."),
            must(
                "highest",
                Kind::Level,
                "The highest level that may be shown where the screen stands.",
            ),
            may(
                "size",
                Kind::Resolution,
                "The smallest screen that the policy is for; 1024x768 unless said.",
            ),
            may(
                "secure-attention",
                Kind::KeyChord,
                "Keys that always lead to the trusted screen; ctrl+alt+break unless said.",
            ),
            may("keyboard", Kind::Choice(&words(&KEYBOARD)), "Keyboard layout; `us` unless said."),
            may("large-text", Kind::Flag, "Draw labels at double size; false unless said."),
            may(
                "input-to-screen",
                Kind::Duration { min: MILLISECOND, max: 10 * SECOND },
                "The longest from a key to what it changes on screen.",
            ),
        ],
    ),
    one(
        "audio",
        false,
        "Loudspeaker and microphone.",
        &[must("level", Kind::Level, "The level of the room that they are in.")],
    ),
    one(
        "log",
        false,
        "Where the worlds' logs go.",
        &[must("reader", Kind::Subject, "Who reads them.")],
    ),
    one(
        "audit",
        false,
        "Where the kernel's audit records go.",
        &[must("reader", Kind::Subject, "Who reads them.")],
    ),
    one(
        "attestation",
        false,
        "Who proves to an auditor what was booted.",
        &[
            must("component", Kind::Subject, "The attester."),
            may(
                "network",
                Kind::Network,
                "The outside network that it answers on; the trusted screen only unless said.",
            ),
            may("port", Kind::Integer { min: 1, max: 65_535 }, "TCP port; 4433 unless said."),
            may(
                "tpm",
                Kind::Choice(&words(&TPM)),
                "Whether there must be a TPM; `required` unless said.",
            ),
        ],
    ),
    one(
        "officers",
        true,
        "Who approves the next policy.",
        &[
            must("required", Kind::Integer { min: 0, max: 255 }, "How many must sign."),
            may(
                "author",
                Kind::Name,
                "Who wrote this policy: that officer's signature alone never suffices.",
            ),
            must(
                "keys",
                Kind::Map { numbered: false, value: &Kind::PublicKey },
                "Public keys, by officer.",
            ),
        ],
    ),
];

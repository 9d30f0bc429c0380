//! Words that stand for values, each list once for reader, builder and JSON Schema.

use cloister_policy_format::{
    Charset, Commands, Confirm, DeviceSelector, KeyboardLayout, LegacyDevice, Pattern, Restart,
    Role, TpmRule, VirtualDevices,
};

use crate::model::{Access, SourceChannelKind};

/// Words and what they stand for.
pub type Choices<T, const N: usize> = [(&'static str, T); N];

/// The words of a list of choices.
pub const fn words<T: Copy, const N: usize>(choices: &Choices<T, N>) -> [&'static str; N] {
    let mut words = [""; N];
    let mut index = 0;
    while index < N {
        words[index] = choices[index].0;
        index += 1;
    }
    words
}

/// `restart`
pub const RESTART: Choices<Restart, 3> =
    [("never", Restart::Never), ("on-crash", Restart::OnCrash), ("always", Restart::Always)];

/// `controls`
pub const COMMAND: Choices<Commands, 5> = [
    ("start", Commands::START),
    ("stop", Commands::STOP),
    ("pause", Commands::PAUSE),
    ("resume", Commands::RESUME),
    ("restart", Commands::RESTART),
];

/// `role`
pub const ROLE: Choices<Role, 6> = [
    ("service", Role::Service),
    ("driver", Role::Driver),
    ("gui", Role::Gui),
    ("guard", Role::Guard),
    ("separator", Role::Separator),
    ("attester", Role::Attester),
];

/// `kind` of a channel
pub const CHANNEL_KIND: Choices<SourceChannelKind, 3> = [
    ("ring", SourceChannelKind::Ring),
    ("file-drop", SourceChannelKind::FileDrop),
    ("dialogue", SourceChannelKind::Dialogue),
];

/// `pattern`
pub const PATTERN: Choices<Pattern, 8> = [
    ("solid", Pattern::Solid),
    ("stripes", Pattern::Stripes),
    ("dots", Pattern::Dots),
    ("checks", Pattern::Checks),
    ("zigzag", Pattern::Zigzag),
    ("dashes", Pattern::Dashes),
    ("crosshatch", Pattern::Crosshatch),
    ("double", Pattern::Double),
];

/// `access` to a disk
pub const ACCESS: Choices<Access, 3> =
    [("fresh", Access::Fresh), ("read-only", Access::ReadOnly), ("read-write", Access::ReadWrite)];

/// `confirm`
pub const CONFIRM: Choices<Confirm, 3> = [
    ("none", Confirm::None),
    ("user-confirms", Confirm::UserConfirms),
    ("user-sees-content", Confirm::UserSeesContent),
];

/// `charset`
pub const CHARSET: Choices<Charset, 3> =
    [("ascii", Charset::Ascii), ("utf-8", Charset::Utf8), ("binary", Charset::Binary)];

/// `keyboard`
pub const KEYBOARD: Choices<KeyboardLayout, 4> = [
    ("us", KeyboardLayout::Us),
    ("uk", KeyboardLayout::Uk),
    ("de", KeyboardLayout::De),
    ("fr", KeyboardLayout::Fr),
];

/// `tpm`
pub const TPM: Choices<TpmRule, 2> =
    [("required", TpmRule::Required), ("optional", TpmRule::Optional)];

/// `devices` of a world
pub const DEVICES: Choices<VirtualDevices, 8> = [
    ("console", VirtualDevices::CONSOLE),
    ("display", VirtualDevices::DISPLAY),
    ("input", VirtualDevices::INPUT),
    ("audio", VirtualDevices::AUDIO),
    ("microphone", VirtualDevices::MICROPHONE),
    ("log", VirtualDevices::LOG),
    ("random", VirtualDevices::RANDOM),
    ("clock", VirtualDevices::CLOCK),
];

/// `legacy` of a device
pub const LEGACY: Choices<DeviceSelector, 4> = [
    ("keyboard-controller", DeviceSelector::Legacy(LegacyDevice::KeyboardController)),
    ("real-time-clock", DeviceSelector::Legacy(LegacyDevice::RealTimeClock)),
    ("serial-port", DeviceSelector::Legacy(LegacyDevice::SerialPort)),
    ("vga", DeviceSelector::Legacy(LegacyDevice::Vga)),
];

/// `class` of a device (PCI Code and ID Assignment Specification, section 1)
pub const CLASS: Choices<DeviceSelector, 8> = [
    ("ethernet", DeviceSelector::Class { base: 0x02, sub: 0x00 }),
    ("wireless", DeviceSelector::Class { base: 0x0d, sub: 0x80 }),
    ("nvme", DeviceSelector::Class { base: 0x01, sub: 0x08 }),
    ("sata", DeviceSelector::Class { base: 0x01, sub: 0x06 }),
    ("usb", DeviceSelector::Class { base: 0x0c, sub: 0x03 }),
    ("display", DeviceSelector::Class { base: 0x03, sub: 0x00 }),
    ("audio", DeviceSelector::Class { base: 0x04, sub: 0x03 }),
    ("input", DeviceSelector::Class { base: 0x09, sub: 0x80 }),
];

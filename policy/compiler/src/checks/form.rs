//! Rules of form: breaking one keeps a statement out of the model, so the reader applies them.

use crate::check::Check;

/// Text that is too long to read.
pub static TOO_LARGE: Check =
    Check::reading("P001", "too-large", "A policy is at most 64 MiB long.");
/// Bytes that are not text.
pub static NOT_UTF8: Check = Check::reading("P002", "not-utf8", "A policy is text in UTF-8.");
/// Text that is not TOML.
pub static SYNTAX: Check = Check::reading("P003", "syntax", "A policy is well-formed TOML.");
/// Characters that deceive the reader.
pub static HIDDEN_CHARACTER: Check = Check::reading(
    "P004",
    "hidden-character",
    "A policy holds no invisible characters and none that change the direction of text.",
);
/// One key twice.
pub static DUPLICATE_KEY: Check = Check::reading(
    "P005",
    "duplicate-key",
    "A key, table or name is given once, as nothing may depend on order.",
);
/// A section that does not exist.
pub static UNKNOWN_SECTION: Check =
    Check::reading("P006", "unknown-section", "Every section is one that the language has.");
/// A key that does not exist.
pub static UNKNOWN_KEY: Check =
    Check::reading("P007", "unknown-key", "Every key is one that its section has.");
/// A section that must be there.
pub static MISSING_SECTION: Check =
    Check::reading("P008", "missing-section", "Every section that a policy needs is there.");
/// A key that must be there.
pub static MISSING_KEY: Check =
    Check::reading("P009", "missing-key", "Every key that its section needs is there.");
/// A value of another type.
pub static WRONG_TYPE: Check =
    Check::reading("P010", "wrong-type", "Every value is of the type that its key asks for.");
/// A word that is not one of those allowed.
pub static UNKNOWN_WORD: Check = Check::reading(
    "P011",
    "unknown-word",
    "Where some words are allowed, the value is one of them.",
);
/// An amount of memory that cannot be read.
pub static BAD_SIZE: Check = Check::reading(
    "P012",
    "bad-size",
    "An amount of memory is a whole number with one of the units B, KiB, MiB, GiB, TiB.",
);
/// A time that cannot be read.
pub static BAD_DURATION: Check = Check::reading(
    "P013",
    "bad-duration",
    "A time is a whole number with one of the units ns, us, ms, s, min, h.",
);
/// A value outside its range.
pub static OUT_OF_RANGE: Check = Check::reading(
    "P014",
    "out-of-range",
    "Every number, size and time is within its key's range.",
);
/// A name that is not a name.
pub static BAD_NAME: Check = Check::reading(
    "P015",
    "bad-name",
    "A name is a small letter, then up to 62 small letters, digits and hyphens.",
);
/// A name that means something else.
pub static RESERVED_NAME: Check = Check::reading(
    "P016",
    "reserved-name",
    "Nothing is named by a word that the appliance uses for its own parts.",
);
/// A language of another version.
pub static FORMAT_VERSION: Check = Check::reading(
    "P017",
    "format-version",
    "The policy says `format = 1`, the version of the language that this compiler reads.",
);
/// A colour that cannot be read.
pub static BAD_COLOR: Check =
    Check::reading("P018", "bad-color", "A colour is `#` and six hexadecimal digits.");
/// A digest that cannot be read.
pub static BAD_DIGEST: Check =
    Check::reading("P019", "bad-digest", "A digest is the 64 hexadecimal digits of a SHA-256.");
/// A day that cannot be read.
pub static BAD_DATE: Check =
    Check::reading("P020", "bad-date", "A day is a date of the calendar, without time of day.");
/// A rate that cannot be read.
pub static BAD_RATE: Check = Check::reading(
    "P021",
    "bad-rate",
    "A rate is a number above zero, a slash, and one of the units s, min, h, day.",
);
/// A PCI device that cannot be read.
pub static BAD_PCI: Check = Check::reading(
    "P022",
    "bad-pci",
    "A PCI device is named by its place, such as `00:03.0`, or its numbers, such as `1af4:1041`.",
);
/// Keys that cannot be read.
pub static BAD_CHORD: Check = Check::reading(
    "P023",
    "bad-chord",
    "The secure attention keys are at least two of ctrl, alt and shift, and one other key.",
);
/// A range of numbers that cannot be read.
pub static BAD_RANGE: Check = Check::reading(
    "P024",
    "bad-range",
    "Ports and registers are a number, or two with a hyphen, the lower one first.",
);
/// A media type that cannot be read.
pub static BAD_MEDIA_TYPE: Check =
    Check::reading("P025", "bad-media-type", "A media type is two words with a slash.");
/// A text that cannot be shown.
pub static BAD_TEXT: Check = Check::reading(
    "P026",
    "bad-text",
    "A text is not empty, fits where it is shown, and is on one line.",
);
/// A path that leaves the image root.
pub static BAD_PATH: Check = Check::reading(
    "P027",
    "bad-path",
    "A file is named by its path below the image root, which it does not leave.",
);
/// A resolution that cannot be read.
pub static BAD_RESOLUTION: Check = Check::reading(
    "P028",
    "bad-resolution",
    "A screen's size is width `x` height in pixels, from 320x200 to 7680x4320.",
);
/// A key that is not one.
pub static BAD_KEY: Check = Check::reading(
    "P029",
    "bad-key",
    "An officer's key is `ed25519:` and the 64 hexadecimal digits of a public key.",
);

/// The rules of this file.
pub static CHECKS: &[&Check] = &[
    &TOO_LARGE,
    &NOT_UTF8,
    &SYNTAX,
    &HIDDEN_CHARACTER,
    &DUPLICATE_KEY,
    &UNKNOWN_SECTION,
    &UNKNOWN_KEY,
    &MISSING_SECTION,
    &MISSING_KEY,
    &WRONG_TYPE,
    &UNKNOWN_WORD,
    &BAD_SIZE,
    &BAD_DURATION,
    &OUT_OF_RANGE,
    &BAD_NAME,
    &RESERVED_NAME,
    &FORMAT_VERSION,
    &BAD_COLOR,
    &BAD_DIGEST,
    &BAD_DATE,
    &BAD_RATE,
    &BAD_PCI,
    &BAD_CHORD,
    &BAD_RANGE,
    &BAD_MEDIA_TYPE,
    &BAD_TEXT,
    &BAD_PATH,
    &BAD_RESOLUTION,
    &BAD_KEY,
];

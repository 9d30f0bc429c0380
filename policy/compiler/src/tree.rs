//! The policy as tables of typed values with places: what the schema allows, before names are resolved.

use cloister_policy_format::{Color, DeviceSelector, KeyChord, Rate};

use crate::source::{Located, Span};

/// A level as written.
#[derive(Clone, Debug)]
pub struct LevelText {
    /// The classification's name.
    pub classification: Located<String>,
    /// The compartments' names.
    pub compartments: Vec<Located<String>>,
}

/// A key of the author's and what it holds.
pub type MapEntry = (Located<String>, Located<Value>);

/// A value of a key, as its kind in the schema says.
#[derive(Clone, Debug)]
pub enum Value {
    /// A flag.
    Flag(bool),
    /// A number, size in bytes, time in nanoseconds, address, day, or position in a list of words.
    Number(u64),
    /// Text, or a name.
    Text(String),
    /// A digest or key.
    Bytes([u8; 32]),
    /// A colour.
    Color(Color),
    /// A rate.
    Rate(Rate),
    /// Width and height.
    Resolution(u16, u16),
    /// Keys pressed together.
    Chord(KeyChord),
    /// A PCI function.
    Selector(DeviceSelector),
    /// First and last.
    Range(u64, u64),
    /// A level.
    Level(LevelText),
    /// Lowest and highest level.
    Levels(LevelText, LevelText),
    /// Several values.
    List(Vec<Located<Value>>),
    /// A table of the schema's keys.
    Table(Fields),
    /// A table of the author's keys.
    Map(Vec<MapEntry>),
}

/// A key that is there.
#[derive(Clone, Debug)]
pub struct Field {
    /// The schema's name of the key.
    pub name: &'static str,
    /// What it holds.
    pub value: Located<Value>,
}

/// The keys that are there and well-formed.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// The table's heading, or the whole of an inline table.
    pub span: Span,
    fields: Vec<Field>,
    malformed: Vec<&'static str>,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $method:ident: $variant:ident => $type:ty;)*) => {$(
        $(#[$doc])*
        pub fn $method(&self, name: &str) -> Option<Located<$type>> {
            let value = self.get(name)?;
            match &value.value {
                Value::$variant(inner) => Some(Located::new(inner.clone(), value.span)),
                _ => None,
            }
        }
    )*};
}

impl Fields {
    /// No keys yet.
    pub fn new(span: Span) -> Self {
        Self { span, ..Self::default() }
    }

    /// Adds a key.
    pub fn push(&mut self, name: &'static str, value: Located<Value>) {
        self.fields.push(Field { name, value });
    }

    /// Notes a key that is there with a value that is none, or a table of the author's keys that
    /// lacks one for that reason.
    pub fn push_malformed(&mut self, name: &'static str) {
        self.malformed.push(name);
    }

    /// The keys that are there with a value that is none.
    pub fn malformed(&self) -> &[&'static str] {
        &self.malformed
    }

    /// What the key holds.
    pub fn get(&self, name: &str) -> Option<&Located<Value>> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// How many of the keys are there, well-formed or not.
    pub fn count(&self, names: &[&str]) -> usize {
        let well_formed = self.fields.iter().map(|field| field.name);
        let all = well_formed.chain(self.malformed.iter().copied());
        all.filter(|name| names.contains(name)).count()
    }

    getters! {
        /// A flag.
        flag: Flag => bool;
        /// A number of any kind.
        number: Number => u64;
        /// Text or a name.
        text: Text => String;
        /// A digest or key.
        bytes: Bytes => [u8; 32];
        /// A colour.
        color: Color => Color;
        /// A rate.
        rate: Rate => Rate;
        /// Keys pressed together.
        chord: Chord => KeyChord;
        /// A PCI function.
        selector: Selector => DeviceSelector;
        /// A level.
        level: Level => LevelText;
        /// A table.
        table: Table => Fields;
    }

    /// The values of a list; none when the key is absent.
    pub fn list(&self, name: &str) -> &[Located<Value>] {
        match self.get(name).map(|value| &value.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The entries of a table of the author's keys.
    pub fn map(&self, name: &str) -> &[MapEntry] {
        match self.get(name).map(|value| &value.value) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// One of a list of words.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Option<Located<T>> {
        let number = self.number(name)?;
        let (_, value) = choices.get(usize::try_from(number.value).ok()?)?;
        Some(Located::new(*value, number.span))
    }
}

/// A table of a section.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name, when the section has many.
    pub name: Located<String>,
    /// Its keys.
    pub fields: Fields,
}

/// A policy's sections.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    sections: Vec<(&'static str, Vec<Entry>)>,
}

impl Tree {
    /// Adds a section's tables.
    pub fn push(&mut self, section: &'static str, entries: Vec<Entry>) {
        self.sections.push((section, entries));
    }

    /// A section's tables, by name.
    pub fn entries(&self, section: &str) -> &[Entry] {
        self.sections
            .iter()
            .find(|(name, _)| *name == section)
            .map_or(&[], |(_, entries)| entries.as_slice())
    }

    /// The table of a section that has one.
    pub fn table(&self, section: &str) -> Option<&Fields> {
        self.entries(section).first().map(|entry| &entry.fields)
    }
}

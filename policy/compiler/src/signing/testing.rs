//! The smallest compiled policy, for the tests of signing.

use std::path::Path;

use cloister_policy_format::{
    Classification, Color, FORMAT_VERSION, Flags, MAGIC, Machine, Officer, Pattern, Record,
    SectionKind, Sinks, System, encode_record,
};

use super::{KeyFile, Passphrase, SecretKey, Stretching};

/// The passphrase of the tests' keys.
pub const PASSPHRASE: &str = "correct horse battery";

/// Stretching that costs nothing; it protects nothing either.
pub const CHEAP: Stretching = Stretching { memory_kib: 8, passes: 1, lanes: 1 };

/// The secret key of an officer of the tests: the seed repeats the name's first letter.
pub fn secret(name: &str) -> SecretKey {
    SecretKey::from_seed(&[name.as_bytes()[0]; 32])
}

/// Writes an officer's sealed key into a folder, as `keygen` would, and returns its path.
pub fn key_file(folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(format!("{name}.key"));
    let passphrase = Passphrase::new(PASSPHRASE.to_owned());
    let file = KeyFile::seal(name, &secret(name), &passphrase, CHEAP).expect("sealed");
    super::output_file::write(
        &path,
        file.to_text().as_bytes(),
        super::output_file::Audience::Owner,
        super::output_file::Existing::Keep,
    )
    .expect("written");
    path
}

/// A compiled policy named `test` without worlds, with these officers.
pub fn policy(version: u64, required: u8, officers: &[&str]) -> Vec<u8> {
    policy_by(None, version, required, officers)
}

/// The same policy, which names its author.
pub fn policy_by(author: Option<&str>, version: u64, required: u8, officers: &[&str]) -> Vec<u8> {
    let mut sections = vec![(0, Vec::new()); SectionKind::COUNT];
    add(
        &mut sections,
        &System {
            name: "test",
            version,
            flags: Flags::STRICT,
            major_frame: 20_000_000,
            officers_required: required,
            sinks: Sinks::default(),
            monitor: None,
        },
    );
    add(&mut sections, &Machine { memory: 1 << 30, cpus: 1, iommu: true, switch_cost: 20_000 });
    add(
        &mut sections,
        &Classification {
            name: "open",
            long: "OPEN",
            short: "O",
            color: Color { red: 0, green: 0, blue: 0 },
            text_color: Color { red: 255, green: 255, blue: 255 },
            pattern: Pattern::default(),
        },
    );
    for name in officers {
        let key = secret(name).public().0;
        add(&mut sections, &Officer { name, key, author: author == Some(*name) });
    }
    let table = sections.iter().flat_map(|(count, bytes): &(u32, Vec<u8>)| {
        [count.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat()
    });
    let contents = sections.iter().flat_map(|(_, bytes)| bytes.iter().copied());
    let rest: Vec<u8> = table.chain(contents).collect();
    let mut policy = MAGIC.to_vec();
    policy.extend(FORMAT_VERSION.to_le_bytes());
    policy.extend((SectionKind::COUNT as u16).to_le_bytes());
    policy.extend((16 + rest.len() as u32).to_le_bytes());
    policy.extend(rest);
    policy
}

fn add<'a, T: Record<'a>>(sections: &mut [(u32, Vec<u8>)], record: &T) {
    let (count, bytes) = &mut sections[T::SECTION as usize];
    *count += 1;
    encode_record(record, bytes).expect("a vector takes all");
}

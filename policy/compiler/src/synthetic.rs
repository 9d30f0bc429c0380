//! Policies of any size, to measure with.

use std::{
    fmt::Write as _,
    io::{self, Cursor},
};

use crate::{
    files::{FileSource, ReadSeek},
    model::DEFAULT_MONITOR,
};

/// A sound policy with this many worlds, ten channels for each, links and outside networks.
pub fn policy(worlds: usize) -> String {
    let mut text = String::with_capacity(worlds * 1800);
    let levels = ["unclassified", "confidential", "secret", "top-secret"];
    let cpus = worlds.div_ceil(32).clamp(1, 64);
    head(&mut text, cpus);
    // Worlds of one level stand together, so that most channels go up or stay.
    let level_of = |world: usize| levels[world * levels.len() / worlds];
    for world in 0..worlds {
        let level = level_of(world);
        let _ = write!(
            text,
            "\n[world.w{world:06}]\nlevel = {{ classification = \"{level}\", compartments = [\"alpha\"] }}\n\
             image = \"debian\"\nmemory = \"16 MiB\"\nmonitor-memory = \"1 MiB\"\n\
             cpus = [{}]\ndevices = [\"clock\", \"random\"]\nrestart = \"on-crash\"\n",
            world % cpus
        );
    }
    let mut number = 0;
    for world in 0..worlds {
        for step in 1..=10 {
            let to = world + step * 7;
            let (from, to) =
                if to < worlds { (world, to) } else { (world.saturating_sub(step * 7), world) };
            if from == to {
                continue;
            }
            let _ = write!(
                text,
                "\n[channel.c{number:07}]\nfrom = \"w{from:06}\"\nto = \"w{to:06}\"\nsize = \"4 KiB\"\nevent = \"e{number}\"\n"
            );
            number += 1;
        }
    }
    schedule(&mut text, worlds, cpus);
    text
}

fn head(text: &mut String, cpus: usize) {
    let _ = write!(
        text,
        "format = 1\n\n[system]\nname = \"measured\"\nversion = 1\n\n\
         [machine]\nmemory = \"1 TiB\"\ncpus = {cpus}\nswitch-cost = \"10 us\"\n\n\
         [lattice]\nlevels = [\"unclassified\", \"confidential\", \"secret\", \"top-secret\"]\n\
         compartments = [\"alpha\"]\n"
    );
    for (name, short, color, pattern) in [
        ("unclassified", "U", "#007A33", "solid"),
        ("confidential", "C", "#0033A0", "stripes"),
        ("secret", "S", "#C8102E", "dots"),
        ("top-secret", "TS", "#FF8C00", "checks"),
    ] {
        let _ = write!(
            text,
            "\n[marking.{name}]\nlong = \"{}\"\nshort = \"{short}\"\ncolor = \"{color}\"\npattern = \"{pattern}\"\n",
            name.to_uppercase()
        );
    }
    let _ = write!(
        text,
        "\n[image.debian]\nkernel = {{ file = \"vmlinuz\" }}\n\n[officers]\nrequired = 2\n\n[officers.keys]\n\
         a = \"ed25519:83b8c9f9a5d021bd2d6aa974e93094bb6d03633bef9407f21d628fdc23e5025a\"\n\
         b = \"ed25519:c705663823cb303d7f89e3aedd4a3ecff547b1b625034aa7eb560bf3ebfa7157\"\n"
    );
}

fn schedule(text: &mut String, worlds: usize, cpus: usize) {
    let slots = worlds.div_ceil(cpus);
    let slot = 1_000;
    let _ = write!(text, "\n[schedule]\nmajor-frame = \"{} us\"\n", slots * slot);
    for cpu in 0..cpus {
        let _ = writeln!(text, "cpu.{cpu} = [");
        let mut used = 0;
        for world in (cpu..worlds).step_by(cpus) {
            let _ = writeln!(text, "    {{ subject = \"w{world:06}\", time = \"{slot} us\" }},");
            used += 1;
        }
        if used < slots {
            let _ = writeln!(text, "    {{ time = \"{} us\" }},", (slots - used) * slot);
        }
        let _ = writeln!(text, "]");
    }
}

/// Files for policies of this module: every name is a small kernel, and there is no monitor.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyntheticFiles;

impl FileSource for SyntheticFiles {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        if name == DEFAULT_MONITOR {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut bytes = vec![0; 0x400];
        bytes[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
        bytes[0x202..0x206].copy_from_slice(b"HdrS");
        bytes.extend(name.as_bytes());
        Ok(Box::new(Cursor::new(bytes)))
    }
}
